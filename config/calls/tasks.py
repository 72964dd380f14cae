"""Asks about calls whose outcome is unknown."""

from celery import shared_task

from config.calls.services import ask_due


@shared_task(name="calls.ask")
def ask() -> int:
    return ask_due(budget_s=60.0)
