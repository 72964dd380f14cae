"""The sandbox's paths: one prefix for each gateway, and the control endpoint."""

from __future__ import annotations

from django.urls import path

from payments.sandbox import control
from payments.sandbox.stripe import pages, views

urlpatterns = [
    path("healthz", control.healthz),
    path("_control/", control.control, {"path": ""}),
    path("_control/<path:path>", control.control),
    path("stripe/v1/<path:path>", views.api),
    path("stripe/pay/<str:object_id>", pages.page),
    path("stripe/pay/<str:object_id>/<str:action>", pages.act),
]
