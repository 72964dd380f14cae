"""Tests of payments.settlements.services."""
