"""Tests of config.idempotency."""
