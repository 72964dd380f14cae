"""Django itself: apps, middleware, templates, language and time."""

from pathlib import Path

from config.settings.env import env

BASE_DIR = Path(__file__).resolve().parents[2]
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.secret("SECRET_KEY", required=True, at_least=32)
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
AUTH_USER_MODEL = "config.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "config",
    "orders",
    "payments",
    "payouts",
    "crm",
    "engagement",
    "config.admin.apps.OperatorAdminConfig",  # Django's admin, with our site and our pages alone
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "django_celery_beat",
    "django_prometheus",
    "django_migration_linter",
]
if not env.flag("LINT_MIGRATIONS"):  # a tool of development, not installed where the project only runs
    INSTALLED_APPS.remove("django_migration_linter")

MIDDLEWARE = [
    "config.ops.middleware.RequestMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "config.ops.nul.RefuseNul",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.admin.middleware.OperatorTimeZone",
    "config.admin.middleware.OperatorScripts",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".static"
PUBLIC_URL = env.text("PUBLIC_URL", "http://127.0.0.1:8000" if DEBUG else "").rstrip("/")
if not PUBLIC_URL:
    env.problems.append("PUBLIC_URL is not set")
# The console is a log, and a letter holds the link to an order: without a mail server nothing is sent, and each
# letter's job says so until somebody sets one (or dummymail://, to say that none is wanted).
MAIL_IS_CONFIGURED = DEBUG or bool(env.text("EMAIL_URL"))
EMAIL_CONFIG = env.email("EMAIL_URL", "consolemail://" if DEBUG else "dummymail://")
EMAIL_BACKEND = EMAIL_CONFIG.pop("EMAIL_BACKEND")
EMAIL_TIMEOUT = 10
vars().update({key: value for key, value in EMAIL_CONFIG.items() if key.startswith("EMAIL_")})
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "Holdfast <no-reply@localhost>")
