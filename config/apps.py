"""Registers the platform app with Django."""

from django.apps import AppConfig
from django.core.checks import register

from config.ops.checks import DEPLOY_CHECKS


class PlatformConfig(AppConfig):
    name = "config"
    verbose_name = "Platform"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        for check in DEPLOY_CHECKS:
            register(check, deploy=True)
