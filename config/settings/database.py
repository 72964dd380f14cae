"""PostgreSQL: the application's role, and the owner's for migrations."""

from config.settings.env import env

# Persistent connections; PgBouncer in transaction mode must work, so no prepared statements and no server-side
# cursors. Requests are not transactions: a gateway call must never happen inside one.
_COMMON = {
    "CONN_MAX_AGE": 60,
    "CONN_HEALTH_CHECKS": True,
    "ATOMIC_REQUESTS": False,
    "DISABLE_SERVER_SIDE_CURSORS": True,
}
_OPTIONS = {"prepare_threshold": None, "connect_timeout": 5, "application_name": "holdfast"}


def _connection(name: str, default: str = "") -> dict[str, object]:
    parsed = env.database(name, default)
    return {**parsed, **_COMMON, "OPTIONS": {**_OPTIONS, **parsed.get("OPTIONS", {})}}


_application = _connection("DATABASE_URL")
DATABASES = {"default": _application}
MIGRATION_DATABASE_IS_ITS_OWN = bool(env.text("MIGRATION_DATABASE_URL"))
if MIGRATION_DATABASE_IS_ITS_OWN:
    DATABASES["owner"] = {**_connection("MIGRATION_DATABASE_URL"), "TEST": {"MIRROR": "default"}}
