"""`manage.py create_api_key`."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from config.accounts.api_keys import verify
from config.accounts.models import ApiKey, User
from config.accounts.roles import Role
from config.kernel.clock import now

pytestmark = pytest.mark.django_db


def make(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("create_api_key", "--name", "till", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


class TestCreateApiKey:
    def test_prints_the_key_alone_so_that_it_can_be_piped(self) -> None:
        user = User.objects.create_user("s@example.com", roles=[Role.SELLER])
        out, err = make("--email", "S@example.com", "--scope", "products.write", "--scope", "orders.view")
        key = verify(presented=out.strip(), at=now())
        assert (key.user, key.scopes) == (user, ["orders.view", "products.write"])
        assert key.public_id in err
        assert out.strip().split(".")[1] not in err

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            (["--email", "no@example.com", "--scope", "orders.view"], "no active user"),
            (["--email", "s@example.com", "--scope", "ledger.view"], "scope_not_allowed"),
            (["--email", "s@example.com", "--scope", "orders.view", "--days", "9999"], "lifetime_not_allowed"),
        ],
    )
    def test_refuses_in_words(self, arguments: list[str], complaint: str) -> None:
        User.objects.create_user("s@example.com", roles=[Role.SELLER])
        with pytest.raises(CommandError, match=complaint):
            make(*arguments)
        assert not ApiKey.objects.exists()
