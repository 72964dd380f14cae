"""What becomes of the demo's disputes, once the running site has heard of them."""

from __future__ import annotations

import pytest

from config.papers import papers
from payments.demo import disputes
from payments.demo.disputes import NOTE, PLOTS, dispute_order
from payments.demo.orders import SCENES
from payments.demo.people import seed_people
from payments.disputes.models import Dispute, EvidenceFile
from payments.tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
ENDS = {
    "inquiry": ("inquiry", False, 0),
    "unanswered": ("needs_response", False, 0),
    "conceding": ("needs_response", False, 0),
    "begun": ("needs_response", False, 1),
    "submitted": ("under_review", True, 1),
    "lost": ("lost", False, 0),
    "won": ("won", True, 1),
}


@pytest.mark.parametrize("plot", PLOTS)
def test_each_plot_ends_as_it_says(world: World, plot: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seed_people(password="a long password, 9", at=world.at)
    order = world.paid_order(10_000)
    monkeypatch.setattr(disputes, "sleep", lambda seconds: world.hear())  # meanwhile the site works
    assert dispute_order(order, plot, control=world.sandbox.control)
    world.hear()
    dispute = Dispute.objects.get(payment__order=order)
    assert (dispute.status, dispute.is_submitted, EvidenceFile.objects.count()) == ENDS[plot]
    assert bool(dispute.concession_asked_by) is (plot == "conceding")


def test_what_the_site_does_not_hear_of_is_not_waited_for_forever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = world.paid_order(10_000)
    monkeypatch.setattr(disputes, "HEARD_WITHIN_S", 0.0)
    assert not dispute_order(order, "unanswered", control=world.sandbox.control)
    assert not Dispute.objects.exists()


def test_the_scenes_play_every_plot() -> None:
    assert {scene.dispute for scene in SCENES if scene.dispute} == set(PLOTS)


def test_the_note_may_be_kept() -> None:
    assert papers.may_keep(NOTE)
