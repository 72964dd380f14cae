"""Tests of payments.ledger."""
