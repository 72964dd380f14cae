"""The Celery application; tasks are found in each app's `tasks` module."""

import os

from celery import Celery
from kombu.transport.redis import Channel

from config.ops.exporter import MetricsServer

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
app = Celery("holdfast")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(MetricsServer)
# Nudges that a worker has taken and not begun are not put back when its channel closes: the next sweep does their work.
# To put them back on a connection that was lost would fail, and the failure would end the worker.
Channel.do_restore = False
