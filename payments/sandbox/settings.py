"""Django's settings for the sandbox process alone: an HTTP framework with no apps, no database and no middleware."""

from __future__ import annotations

import secrets
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent

# Nothing that the sandbox signs with Django's key outlives a request.
SECRET_KEY = secrets.token_hex(32)
DEBUG = False
# A gateway is called by whatever name its caller has for this host; the control endpoint checks its own.
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "payments.sandbox.urls"
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
DATABASES: dict[str, object] = {}
USE_TZ = True
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {"context_processors": []},
    }
]
