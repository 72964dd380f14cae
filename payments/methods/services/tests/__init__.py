"""Tests of payments.methods.services."""
