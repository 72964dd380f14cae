"""Paths of this app."""

from django.urls import path

from payouts.payees.api import (
    ApproveDestinationView,
    DestinationsView,
    OnboardingView,
    PayeesView,
    PayeeView,
    RejectDestinationView,
)
from payouts.payout.api import ApproveView, CancelView, PayoutsView, PayoutView, RequestsView, RetryView
from payouts.scouts.api import BountiesView, LeaderboardView, MeView
from payouts.statements.api import StatementView

urlpatterns = [
    path("api/v1/payees/<str:payee_id>/statements/", StatementView.as_view(), name="payee-statements"),
    path("api/v1/scouts/me/", MeView.as_view(), name="scout-me"),
    path("api/v1/scouts/me/bounties/", BountiesView.as_view(), name="scout-bounties"),
    path("api/v1/scouts/leaderboard/", LeaderboardView.as_view(), name="scout-leaderboard"),
    path("api/v1/payouts/", PayoutsView.as_view(), name="payouts"),
    path("api/v1/payouts/requests/", RequestsView.as_view(), name="payout-requests"),
    path("api/v1/payouts/<str:payout_id>/", PayoutView.as_view(), name="payout"),
    path("api/v1/payouts/<str:payout_id>/approve/", ApproveView.as_view(), name="payout-approve"),
    path("api/v1/payouts/<str:payout_id>/cancel/", CancelView.as_view(), name="payout-cancel"),
    path("api/v1/payouts/<str:payout_id>/retry/", RetryView.as_view(), name="payout-retry"),
    path("api/v1/payees/", PayeesView.as_view(), name="payees"),
    path("api/v1/payees/<str:payee_id>/", PayeeView.as_view(), name="payee"),
    path("api/v1/payees/<str:payee_id>/onboarding/", OnboardingView.as_view(), name="payee-onboarding"),
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
