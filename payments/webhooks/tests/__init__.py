"""Tests of payments.webhooks."""
