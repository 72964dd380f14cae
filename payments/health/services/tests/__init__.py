"""Tests of payments.health.services."""
