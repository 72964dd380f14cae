"""Tests of payments.refunds."""
