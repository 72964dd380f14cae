"""Tests of payments.health."""
