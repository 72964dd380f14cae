"""Celery: the doorbell. Nothing that matters lives in the broker."""

from kombu import Queue  # type: ignore[attr-defined]

from config.settings.beat import BEAT_SCHEDULE
from config.settings.cache import REDIS_URL

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_TASK_QUEUES = tuple(
    Queue(name)  # type: ignore[no-untyped-call]
    for name in ("webhooks", "money", "outbox", "mail", "beat")
)
CELERY_TASK_DEFAULT_QUEUE = "outbox"
CELERY_TASK_CREATE_MISSING_QUEUES = False
# Redis redelivers after the visibility timeout: no task may run that long.
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 900,
    "unacked_restore_interval": 30,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "retry_on_timeout": True,
    # Who publishes tries twice and gives up: a nudge that came minutes late would be worth nothing. Workers and beat
    # go on trying to connect all the same.
    "max_retries": 1,
    "interval_start": 0.1,
    "interval_step": 0,
    "interval_max": 0.1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False  # a lost nudge costs seconds: beat sweeps
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 220_000  # KiB
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
DJANGO_CELERY_BEAT_TZ_AWARE = True
