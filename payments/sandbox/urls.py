"""The sandbox's paths: one prefix for each gateway, and the control endpoint."""

from __future__ import annotations

from django.urls import path

from payments.sandbox import control
from payments.sandbox.phonepe import pages as phonepe_pages
from payments.sandbox.phonepe import views as phonepe_views
from payments.sandbox.razorpay import views as razorpay
from payments.sandbox.stripe import pages, views
from payments.sandbox.stripe.connect import pages as connect_pages
from payments.sandbox.transfers import views as transfers

urlpatterns = [
    path("healthz", control.healthz),
    path("_control/", control.control, {"path": ""}),
    path("_control/<path:path>", control.control),
    path("phonepe/apis/<path:path>", phonepe_views.api),
    path("phonepe/transact/uat_v2", phonepe_pages.page),
    path("phonepe/transact/<str:token>/<str:action>", phonepe_pages.act),
    path("razorpay/v1/<path:path>", razorpay.api),
    path("transfers/api/<path:path>", transfers.api),
    path("stripe/v1/<path:path>", views.api),
    path("stripe/pay/<str:object_id>", pages.page),
    path("stripe/setup/<str:account_id>/<str:secret>", connect_pages.page),
    path("stripe/setup/<str:account_id>/<str:secret>/<str:action>", connect_pages.act),
    path("stripe/pay/<str:object_id>/<str:action>", pages.act),
]
