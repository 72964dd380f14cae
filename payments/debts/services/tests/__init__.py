"""Tests of payments.debts.services."""
