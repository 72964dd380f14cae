"""Migrates as the owner's role where there is one, and gives the application's role exactly what it may do."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections
from psycopg import sql


class Command(DjangoMigrate):
    """Django's `migrate`; without `--database` it runs over MIGRATION_DATABASE_URL if that is set."""

    def handle(self, *args: Any, **options: Any) -> None:
        if options["database"] == "default" and "owner" in settings.DATABASES:
            options["database"] = "owner"
        super().handle(*args, **options)
        if options["database"] == "owner" and not options.get("plan") and not options.get("check_unapplied"):
            grant_application_role()


def grant_application_role() -> None:
    """Rows of ordinary tables may be read and changed; append-only tables only read and added to; nothing is owned."""
    role = sql.Identifier(str(settings.DATABASES["default"]["USER"]))
    append_only = [model._meta.db_table for model in apps.get_models() if getattr(model, "append_only", False)]
    with connections["owner"].cursor() as cursor:
        for statement in (
            "GRANT USAGE ON SCHEMA public TO {}",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}",
        ):
            cursor.execute(sql.SQL(statement).format(role))
        # A temporary table could stand in for a real one of the same name.
        cursor.execute("SELECT current_database()")
        database = sql.Identifier(str(cursor.fetchone()[0]))
        cursor.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(database))
        for table in append_only:
            cursor.execute(sql.SQL("REVOKE UPDATE, DELETE, TRUNCATE ON {} FROM {}").format(sql.Identifier(table), role))
