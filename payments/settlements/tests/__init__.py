"""Tests of payments.settlements."""
