"""Tests of payments.disputes.services."""
