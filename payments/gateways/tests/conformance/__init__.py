"""The one suite that every gateway's adapter passes unchanged.

An adapter brings a `Harness` (its sandbox's customer, bank, network and truth) and one class of tests that inherits
`ProvesPayments`, `ProvesAsking`, `ProvesWebhooks`, and the class of each capability that it claims; a claim without its
proof fails.
"""

from payments.gateways.tests.conformance.base import Proofs
from payments.gateways.tests.conformance.books import ProvesBalanceTransactions, ProvesEvents
from payments.gateways.tests.conformance.cancelling import (
    ProvesCancelling,
    ProvesHostedCheckout,
    ProvesStayingOpen,
)
from payments.gateways.tests.conformance.capturing import ProvesLettingGo, ProvesManualCapture, ProvesPartialCapture
from payments.gateways.tests.conformance.confirming import ProvesConfirmation
from payments.gateways.tests.conformance.disputing import ProvesDisputes
from payments.gateways.tests.conformance.harness import Harness
from payments.gateways.tests.conformance.payments import ProvesPayments
from payments.gateways.tests.conformance.refunding import ProvesRefundLists, ProvesRefunds
from payments.gateways.tests.conformance.saving import ProvesCancelledCharges, ProvesSavedMethods
from payments.gateways.tests.conformance.settling import ProvesSettlements
from payments.gateways.tests.conformance.telling import ProvesWebhooks
from payments.gateways.tests.conformance.unknown import ProvesAsking, ProvesKeys

__all__ = [
    "Harness",
    "Proofs",
    "ProvesAsking",
    "ProvesBalanceTransactions",
    "ProvesCancelledCharges",
    "ProvesCancelling",
    "ProvesConfirmation",
    "ProvesDisputes",
    "ProvesEvents",
    "ProvesHostedCheckout",
    "ProvesKeys",
    "ProvesLettingGo",
    "ProvesManualCapture",
    "ProvesPartialCapture",
    "ProvesPayments",
    "ProvesRefundLists",
    "ProvesRefunds",
    "ProvesSavedMethods",
    "ProvesSettlements",
    "ProvesStayingOpen",
    "ProvesWebhooks",
]
