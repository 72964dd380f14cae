"""Tests of payments.gateways.stripe.views."""
