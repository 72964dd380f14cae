"""The HTTP API: authentication, errors, paging, throttles, schema."""

from datetime import timedelta

from config.settings.env import env

JWT_SIGNING_KEY = env.secret("JWT_SIGNING_KEY", required=True, at_least=32)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["config.accounts.authentication.CredentialAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["config.accounts.permissions.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "config.ops.pagination.KeysetPagination",
    "DEFAULT_THROTTLE_CLASSES": ["config.ops.throttles.FailOpenThrottle"],
    "DEFAULT_SCHEMA_CLASS": "drf_standardized_errors.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "PAGE_SIZE": 25,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "NUM_PROXIES": env.whole("TRUSTED_PROXIES", 0, high=5),
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "config.ops.errors.ErrorHandler",
    "EXCEPTION_FORMATTER_CLASS": "config.ops.errors.ErrorFormatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
}
# Requests a minute, per address and per principal.
THROTTLE_RATES = {
    "default": env.whole("THROTTLE_DEFAULT_PER_MINUTE", 300, low=1),
    "listing": env.whole("THROTTLE_LISTING_PER_MINUTE", 20, low=1),
    "checkout": env.whole("THROTTLE_CHECKOUT_PER_MINUTE", 30, low=1),
    "payment": env.whole("THROTTLE_PAYMENT_PER_MINUTE", 20, low=1),
    "auth": env.whole("THROTTLE_AUTH_PER_MINUTE", 20, low=1),
}
LOGIN_FAILURE_LIMIT = env.whole("LOGIN_FAILURE_LIMIT", 10, low=1)
LOGIN_FAILURE_WINDOW_S = env.whole("LOGIN_FAILURE_WINDOW_S", 900, low=60)
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    "USER_ID_FIELD": "public_id",
    "USER_ID_CLAIM": "sub",
    "UPDATE_LAST_LOGIN": False,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Holdfast",
    "DESCRIPTION": "The payments back office of a marketplace.",
    "VERSION": "1.0",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
}
