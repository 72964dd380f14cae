"""Tests of payments.debts."""
