"""Makes an API key for a user and prints it, once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from config.accounts import api_keys
from config.accounts.queries import by_email
from config.kernel.clock import now
from config.kernel.errors import Refused


class Command(BaseCommand):
    help = "Makes an API key that acts for a user within the given scopes. It is printed once and never again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", required=True, help="whom the key acts for")
        parser.add_argument("--name", required=True, help="what it is for")
        parser.add_argument("--scope", action="append", required=True, help="a permission code; may be repeated")
        parser.add_argument("--days", type=int, default=90, help="how long it lives")

    def handle(self, *args: Any, **options: Any) -> None:
        del args
        user = by_email(options["email"])
        if user is None or not user.is_active:
            raise CommandError("there is no active user with this e-mail")
        try:
            key, shown_once = api_keys.create(
                user=user,
                name=options["name"],
                scopes=options["scope"],
                days=options["days"],
                actor="command:create_api_key",
                at=now(),
            )
        except Refused as refused:
            raise CommandError(f"{refused.code}: {refused.detail}") from refused
        self.stderr.write(f"{key.public_id} expires {key.expires_at:%Y-%m-%d}; scopes: {', '.join(key.scopes)}")
        self.stdout.write(shown_once)
