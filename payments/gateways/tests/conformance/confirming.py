"""What the client brings from the gateway's page: believed only where the gateway signed it, for this payment."""

from __future__ import annotations

from payments.gateways.contract import Capability
from payments.gateways.tests.conformance.base import Proofs
from payments.gateways.tests.conformance.harness import Harness


class ProvesConfirmation(Proofs):
    """Signed proofs that a customer has paid."""

    proves = frozenset({Capability.CLIENT_CONFIRMATION})

    def test_the_browser_is_told_which_account_it_pays(self, harness: Harness) -> None:
        assert harness.gateway.public_key

    def test_what_the_gateway_signed_is_believed(self, harness: Harness) -> None:
        view = self.paid(harness)
        proof = harness.proof_of(view)
        assert harness.gateway.verify_confirmation(gateway_payment_id=view.gateway_payment_id, proof=proof)

    def test_the_proof_of_one_payment_is_none_of_another(self, harness: Harness) -> None:
        cheap, dear = self.paid(harness), self.made(harness)
        proof = harness.proof_of(cheap)
        assert not harness.gateway.verify_confirmation(gateway_payment_id=dear.gateway_payment_id, proof=proof)

    def test_a_proof_that_was_altered_is_none(self, harness: Harness) -> None:
        view = self.paid(harness)
        for name, value in harness.proof_of(view).items():
            for altered in ("", value[:-1], value[:-1] + ("0" if value[-1] != "0" else "1"), "ünsigned"):
                proof = {**harness.proof_of(view), name: altered}
                assert not harness.gateway.verify_confirmation(gateway_payment_id=view.gateway_payment_id, proof=proof)

    def test_no_proof_is_none(self, harness: Harness) -> None:
        view = self.paid(harness)
        assert not harness.gateway.verify_confirmation(gateway_payment_id=view.gateway_payment_id, proof={})
        assert not harness.gateway.verify_confirmation(gateway_payment_id="", proof=harness.proof_of(view))
