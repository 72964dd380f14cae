"""Disputes and evidence in our words: what the contract says of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from config.kernel.money import Money


class DisputeState(StrEnum):
    """Where a dispute stands. A gateway's stages are told as these: Stripe's `warning_*` are inquiries, its `appeal_*`
    are the chargeback again; Razorpay's retrieval phase is an inquiry."""

    INQUIRY = "inquiry"  # the bank asks; no money has moved
    INQUIRY_CLOSED = "inquiry_closed"
    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    PREVENTED = "prevented"  # settled before it became a chargeback


class EvidenceText(StrEnum):
    """What evidence may say in words. A gateway that has no place for one of them puts it into the explanation."""

    EXPLANATION = "explanation"
    PRODUCT_DESCRIPTION = "product_description"
    CUSTOMER_NAME = "customer_name"
    CUSTOMER_EMAIL = "customer_email"
    CUSTOMER_IP = "customer_ip"
    SERVICE_DATE = "service_date"
    SHIPPING_DATE = "shipping_date"
    SHIPPING_CARRIER = "shipping_carrier"
    SHIPPING_TRACKING = "shipping_tracking"
    ACCESS_LOG = "access_log"
    REFUND_REFUSAL = "refund_refusal"
    CANCELLATION_REBUTTAL = "cancellation_rebuttal"


class EvidencePaper(StrEnum):
    """What a file of evidence is; one file of each."""

    RECEIPT = "receipt"
    CUSTOMER_COMMUNICATION = "customer_communication"
    SHIPPING = "shipping"
    SERVICE = "service"
    REFUND_POLICY = "refund_policy"
    CANCELLATION_POLICY = "cancellation_policy"
    SIGNATURE = "signature"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class DisputeMovement:
    """One movement of our balance for a dispute, keyed by the gateway's id of it; the amounts are facts and commute.

    `amount` is in the dispute's currency and without the fee: below zero taken from us, above zero given back.
    `settled` is the same in the currency of our balance where that is another one. `fee_minor` is in the currency of
    our balance: above zero taken, below zero given back.
    """

    transaction_id: str
    amount: Money
    fee_minor: int
    at: datetime
    settled: Money | None = None


@dataclass(frozen=True, slots=True)
class DisputeView:
    """The gateway's dispute object, translated. `movements` are those that it knows of so far, `phase` is its own word
    for the stage, `network_reason` the card network's code. A gateway that tells no movements says how much is away
    from us now: `away_minor`, in the dispute's currency, and our movements are its changes."""

    dispute_id: str
    charge_id: str
    gateway_payment_id: str
    state: DisputeState
    amount: Money
    reason: str
    network_reason: str
    phase: str
    opened_at: datetime
    evidence_due_at: datetime | None
    is_submitted: bool
    movements: tuple[DisputeMovement, ...]
    livemode: bool
    away_minor: int | None = None


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file of evidence, as its content was checked."""

    paper: EvidencePaper
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is brought forward against a dispute. The same evidence must give the same requests, byte for byte."""

    texts: Mapping[EvidenceText, str]
    files: tuple[EvidenceFile, ...] = ()
    amount: Money | None = None  # how much of it is contested; all of it where nothing is said
