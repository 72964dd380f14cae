"""The HTTP API: authentication, errors, paging, throttles, schema."""

from datetime import timedelta

from config.settings.env import env

JWT_SIGNING_KEY = env.secret("JWT_SIGNING_KEY", required=True, at_least=32)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["config.accounts.authentication.CredentialAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["config.accounts.permissions.DenyAll"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.ops.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "config.ops.pagination.KeysetPagination",
    "DEFAULT_THROTTLE_CLASSES": ["config.ops.throttles.FailOpenThrottle"],
    "DEFAULT_SCHEMA_CLASS": "config.ops.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_METADATA_CLASS": None,  # OPTIONS would describe forms to strangers; the schema describes them better
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "PAGE_SIZE": 25,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "URL_FORMAT_OVERRIDE": None,  # the Accept header decides, so that no query parameter is taken from the views
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
_ERROR_STATUS_CODES = ("400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "429", "500", "503")
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "config.ops.errors.ErrorHandler",
    "EXCEPTION_FORMATTER_CLASS": "config.ops.errors.ErrorFormatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
    # One shape for every error; see config/ops/openapi.py for which status a request can get.
    "ALLOWED_ERROR_STATUS_CODES": list(_ERROR_STATUS_CODES),
    "ERROR_SCHEMAS": dict.fromkeys(_ERROR_STATUS_CODES, "config.ops.openapi.ErrorAnswer"),
}
# Requests a minute, per address and per principal.
THROTTLE_RATES = {
    "default": env.whole("THROTTLE_DEFAULT_PER_MINUTE", 300, low=1),
    "listing": env.whole("THROTTLE_LISTING_PER_MINUTE", 20, low=1),
    "checkout": env.whole("THROTTLE_CHECKOUT_PER_MINUTE", 30, low=1),
    "payment": env.whole("THROTTLE_PAYMENT_PER_MINUTE", 20, low=1),
    "auth": env.whole("THROTTLE_AUTH_PER_MINUTE", 20, low=1),
}
THROTTLE_PREFIX = "holdfast:throttle"
# Failed logins in a window: of one e-mail from one address, and of one address with any e-mails.
LOGIN_FAILURE_LIMIT = env.whole("LOGIN_FAILURE_LIMIT", 10, low=1)
LOGIN_FAILURE_LIMIT_PER_ADDRESS = env.whole("LOGIN_FAILURE_LIMIT_PER_ADDRESS", 100, low=1)
LOGIN_FAILURE_WINDOW_S = env.whole("LOGIN_FAILURE_WINDOW_S", 900, low=60)
# Whether people may register as sellers by themselves; otherwise an administrator makes them sellers.
SELF_SERVICE_SELLERS = env.flag("SELF_SERVICE_SELLERS", default=True)
# How long a request may hold its idempotency key: longer than any web worker lets a request run.
IDEMPOTENCY_LEASE_S = env.whole("IDEMPOTENCY_LEASE_S", 120, low=30, high=3_600)
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
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["config.accounts.permissions.AllowAnyone"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": False},
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # Fields of one name with different choices.
    "ENUM_NAME_OVERRIDES": {
        "DestinationKindEnum": "payouts.payees.models.DestinationKind.values",
    },
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "orderToken": {
                "type": "apiKey",
                "in": "header",
                "name": "X-Order-Token",
                "description": "The access token of one order, for guests.",
            }
        }
    },
}
