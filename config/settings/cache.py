"""Redis: cache and throttles, which may be lost at any moment."""

from redis.backoff import NoBackoff
from redis.retry import Retry

from config.settings.env import env

REDIS_URL = env.redis("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "config.ops.cache.FailOpenRedisCache",
        "LOCATION": REDIS_URL or "redis://127.0.0.1:1/0",
        "KEY_PREFIX": "holdfast",
        # A request is waiting: no retries, which sleep in between. What Redis does not know quickly, it does not know.
        "OPTIONS": {
            "socket_connect_timeout": 0.25,
            "socket_timeout": 0.25,
            "health_check_interval": 30,
            "retry": Retry(NoBackoff(), 0),
        },
    }
}
