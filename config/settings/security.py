"""Hosts, cookies, headers, passwords, and the keys that other modules need."""

from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE

from config.settings.core import DEBUG, PUBLIC_URL
from config.settings.env import env

ALLOWED_HOSTS = env.items("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else "")
if not ALLOWED_HOSTS:
    env.problems.append("ALLOWED_HOSTS is not set")
CSRF_TRUSTED_ORIGINS = env.items("CSRF_TRUSTED_ORIGINS")
SECRET_KEY_FALLBACKS = env.items("SECRET_KEY_FALLBACKS")
CRON_SECRET = env.secret("CRON_SECRET", at_least=16)
FIELD_ENCRYPTION_KEYS = env.fernet_keys("FIELD_ENCRYPTION_KEYS")
TRUSTED_PROXIES = env.whole("TRUSTED_PROXIES", 0, high=5)  # how many proxies of ours stand before the web process

_https = PUBLIC_URL.startswith("https://")
if not DEBUG and not _https:
    env.problems.append("PUBLIC_URL is not https, and DEBUG is off")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-session" if _https else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if _https else "csrftoken"
SECURE_SSL_REDIRECT = _https and env.flag("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["config.accounts.backends.EmailBackend"]
# "The login name is not unique": it is, by the index on lower(email), which the check does not look at.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
# Proof that a person is there, asked of whoever tries to pay too often; without keys they wait instead.
CAPTCHA_SITE_KEY = env.text("CAPTCHA_SITE_KEY")
CAPTCHA_SECRET = env.secret("CAPTCHA_SECRET", at_least=16)
CAPTCHA_URL = env.text("CAPTCHA_URL", "https://challenges.cloudflare.com/turnstile/v0/siteverify")
if bool(CAPTCHA_SITE_KEY) != bool(CAPTCHA_SECRET):
    env.problems.append("CAPTCHA_SITE_KEY and CAPTCHA_SECRET belong together")
