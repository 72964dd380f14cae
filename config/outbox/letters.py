"""Sends the letter of a listener, in such a way that a second run sends the same one."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage

from config.kernel.errors import Unavailable


class MailNotConfigured(Unavailable):
    """No mail server is set (EMAIL_URL), so the letter waits."""

    code = "mail_not_configured"


def send_letter(*, fact: str, subject: str, body: str, to: Sequence[str] = (), bcc: Sequence[str] = ()) -> None:
    """One letter in plain text, to people by `to`, or by `bcc` where they need not know of each other.

    The outbox may run its listener twice when a process dies between sending and noting it: the Message-ID is made of
    `fact`, what the letter tells, so that the second is known as the first. Raises MailNotConfigured.
    """
    if not settings.MAIL_IS_CONFIGURED:
        raise MailNotConfigured
    host = urlsplit(settings.PUBLIC_URL).hostname
    headers = {"Message-ID": f"<{fact}@{host}>", "Auto-Submitted": "auto-generated"}
    EmailMessage(subject=subject, body=body, to=to, bcc=bcc, headers=headers).send()
