"""Starts Django's admin with our site, and with the pages that settings name instead of whatever is installed."""

from __future__ import annotations

from importlib import import_module

from django.conf import settings
from django.contrib.admin.apps import SimpleAdminConfig


class OperatorAdminConfig(SimpleAdminConfig):
    """Django would look for a module `admin` in every installed app, ours and others', and show what it finds there.

    Here a page exists because `ADMIN_MODULES` names the module that registers it: nothing comes in with a dependency.
    """

    name = "django.contrib.admin"
    label = "admin"
    default = False
    default_site = "config.admin.site.OperatorSite"

    def ready(self) -> None:
        super().ready()
        for name in settings.ADMIN_MODULES:
            import_module(name)
