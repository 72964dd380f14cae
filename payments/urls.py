"""Paths of this app."""

from django.urls import path

from payments.charges.api import AttemptView, CheckoutView, ConfirmView, PaymentView
from payments.disputes.api import (
    AcceptView,
    DisputesView,
    DisputeView,
    EvidenceView,
    FilesView,
    FileView,
    KeepView,
    SubmitView,
)
from payments.escrow.api import CancelView, CompleteView
from payments.methods.api import ChargeView, DefaultView, DetachView, MethodsView, SetupConfirmView, TermsView
from payments.refunds.api import (
    ApproveView,
    ConfirmEndView,
    DeclineEndView,
    OrderRefundsView,
    PaidOtherwiseView,
    RefundsView,
    RefundView,
    RejectView,
    SendAgainView,
    VoidView,
    WithdrawView,
)

urlpatterns = [
    path("api/v1/checkout/", CheckoutView.as_view(), name="checkout"),
    path("api/v1/orders/<str:order_id>/payments/", AttemptView.as_view(), name="order-payments"),
    path("api/v1/payments/<str:payment_id>/", PaymentView.as_view(), name="payment"),
    path("api/v1/payments/<str:payment_id>/confirm/", ConfirmView.as_view(), name="payment-confirm"),
    path("api/v1/orders/<str:order_id>/complete/", CompleteView.as_view(), name="order-complete"),
    path("api/v1/orders/<str:order_id>/cancel/", CancelView.as_view(), name="order-cancel"),
    path("api/v1/payment-methods/", MethodsView.as_view(), name="payment-methods"),
    path("api/v1/payment-methods/terms/", TermsView.as_view(), name="payment-method-terms"),
    path(
        "api/v1/payment-methods/setups/<str:setup_id>/confirm/",
        SetupConfirmView.as_view(),
        name="payment-method-setup-confirm",
    ),
    path("api/v1/payment-methods/<str:method_id>/default/", DefaultView.as_view(), name="payment-method-default"),
    path("api/v1/payment-methods/<str:method_id>/charge/", ChargeView.as_view(), name="payment-method-charge"),
    path("api/v1/payment-methods/<str:method_id>/detach/", DetachView.as_view(), name="payment-method-detach"),
    path("api/v1/orders/<str:order_id>/refunds/", OrderRefundsView.as_view(), name="order-refunds"),
    path("api/v1/disputes/", DisputesView.as_view(), name="disputes"),
    path("api/v1/disputes/<str:dispute_id>/", DisputeView.as_view(), name="dispute"),
    path("api/v1/disputes/<str:dispute_id>/evidence/", EvidenceView.as_view(), name="dispute-evidence"),
    path("api/v1/disputes/<str:dispute_id>/files/", FilesView.as_view(), name="dispute-files"),
    path("api/v1/disputes/<str:dispute_id>/files/<slug:paper>/", FileView.as_view(), name="dispute-file"),
    path("api/v1/disputes/<str:dispute_id>/submit/", SubmitView.as_view(), name="dispute-submit"),
    path("api/v1/disputes/<str:dispute_id>/accept/", AcceptView.as_view(), name="dispute-accept"),
    path("api/v1/disputes/<str:dispute_id>/keep/", KeepView.as_view(), name="dispute-keep"),
    path("api/v1/refunds/", RefundsView.as_view(), name="refunds"),
    path("api/v1/refunds/<str:refund_id>/", RefundView.as_view(), name="refund"),
    path("api/v1/refunds/<str:refund_id>/approve/", ApproveView.as_view(), name="refund-approve"),
    path("api/v1/refunds/<str:refund_id>/reject/", RejectView.as_view(), name="refund-reject"),
    path("api/v1/refunds/<str:refund_id>/withdraw/", WithdrawView.as_view(), name="refund-withdraw"),
    path("api/v1/refunds/<str:refund_id>/send-again/", SendAgainView.as_view(), name="refund-send-again"),
    path("api/v1/refunds/<str:refund_id>/paid-otherwise/", PaidOtherwiseView.as_view(), name="refund-paid-otherwise"),
    path("api/v1/refunds/<str:refund_id>/void/", VoidView.as_view(), name="refund-void"),
    path("api/v1/refunds/<str:refund_id>/confirm/", ConfirmEndView.as_view(), name="refund-confirm"),
    path("api/v1/refunds/<str:refund_id>/decline/", DeclineEndView.as_view(), name="refund-decline"),
]
