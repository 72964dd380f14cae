"""The Celery application; tasks are found in each app's `tasks` module."""

import os

from celery import Celery

from config.ops.exporter import MetricsServer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("holdfast")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(MetricsServer)
