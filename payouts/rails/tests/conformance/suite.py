"""Which classes of the suite a rail must run, by what it claims."""

from __future__ import annotations

from payouts.rails.contract import RailCapability as Can
from payouts.rails.tests.conformance.answering import ProvesAnswers, ProvesSilence
from payouts.rails.tests.conformance.base import RailProofs
from payouts.rails.tests.conformance.destinations import ProvesDestinations, ProvesValidation
from payouts.rails.tests.conformance.paying import (
    ProvesCancelling,
    ProvesFees,
    ProvesFloat,
    ProvesKeys,
    ProvesLists,
    ProvesPayouts,
)
from payouts.rails.tests.conformance.transferring import ProvesReversals, ProvesTransfers

SUITE: tuple[type[RailProofs], ...] = (
    ProvesAnswers,
    ProvesSilence,
    ProvesDestinations,
    ProvesValidation,
    ProvesPayouts,
    ProvesKeys,
    ProvesLists,
    ProvesFloat,
    ProvesFees,
    ProvesCancelling,
    ProvesTransfers,
    ProvesReversals,
)


def due(claims: frozenset[Can]) -> set[type[RailProofs]]:
    """The classes that a rail with these claims must run."""
    return {each for each in SUITE if each.needs <= claims and not each.without & claims}


def run_by(module: dict[str, object]) -> set[type[RailProofs]]:
    """The classes of the suite that a module of tests runs."""
    ran = [value for value in module.values() if isinstance(value, type) and issubclass(value, RailProofs)]
    return {each for each in SUITE if any(issubclass(value, each) and value is not each for value in ran)}
