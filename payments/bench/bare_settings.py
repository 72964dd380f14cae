"""Django with nothing but a database: no apps, no middleware, no log."""

from config.settings.database import DATABASES as _DATABASES
from config.settings.env import env

DEBUG = False
SECRET_KEY = env.secret("SECRET_KEY", required=True)
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS: list[str] = []
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "payments.bench.bare"
DATABASES = {"default": _DATABASES["default"]}
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING_CONFIG = None
