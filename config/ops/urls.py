"""Paths of the doors for infrastructure."""

from django.urls import path

from config.ops.api import MetricsView
from config.ops.cron import CronView
from config.ops.views import healthz, metrics, readyz

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("api/v1/ops/metrics/", MetricsView.as_view(), name="ops-metrics"),
    path("api/cron/<path:door>/", CronView.as_view(), name="cron"),
]
