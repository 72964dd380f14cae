"""Tests of payments.gateways.stripe."""
