"""Tests of payments.abuse."""
