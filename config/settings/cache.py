"""Redis: cache and throttles, which may be lost at any moment."""

from config.settings.env import env

REDIS_URL = env.secret("REDIS_URL", required=True)
CACHES = {
    "default": {
        "BACKEND": "config.ops.cache.FailOpenRedisCache",
        "LOCATION": REDIS_URL or "redis://127.0.0.1:1/0",
        "KEY_PREFIX": "holdfast",
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 0.5},
    }
}
