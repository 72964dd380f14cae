"""Paths of this app."""

from django.urls import path

from payments.charges.api import AttemptView, CheckoutView, ConfirmView
from payments.escrow.api import CancelView, CompleteView

urlpatterns = [
    path("api/v1/checkout/", CheckoutView.as_view(), name="checkout"),
    path("api/v1/orders/<str:order_id>/payments/", AttemptView.as_view(), name="order-payments"),
    path("api/v1/payments/<str:payment_id>/confirm/", ConfirmView.as_view(), name="payment-confirm"),
    path("api/v1/orders/<str:order_id>/complete/", CompleteView.as_view(), name="order-complete"),
    path("api/v1/orders/<str:order_id>/cancel/", CancelView.as_view(), name="order-cancel"),
]
