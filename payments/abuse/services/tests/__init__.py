"""Tests of payments.abuse.services."""
