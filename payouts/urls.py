"""Paths of this app."""

from django.urls import path

from payouts.payees.api import (
    ApproveDestinationView,
    DestinationsView,
    PayeesView,
    PayeeView,
    RejectDestinationView,
)

urlpatterns = [
    path("api/v1/payees/", PayeesView.as_view(), name="payees"),
    path("api/v1/payees/<str:payee_id>/", PayeeView.as_view(), name="payee"),
    path("api/v1/payees/<str:payee_id>/bank-accounts/", DestinationsView.as_view(), name="payee-bank-accounts"),
    path(
        "api/v1/payees/<str:payee_id>/bank-accounts/<str:destination_id>/approve/",
        ApproveDestinationView.as_view(),
        name="payee-bank-account-approve",
    ),
    path(
        "api/v1/payees/<str:payee_id>/bank-accounts/<str:destination_id>/reject/",
        RejectDestinationView.as_view(),
        name="payee-bank-account-reject",
    ),
]
