"""Registers the platform app with Django."""

from django.apps import AppConfig


class PlatformConfig(AppConfig):
    name = "config"
    verbose_name = "Platform"
    default_auto_field = "django.db.models.BigAutoField"
