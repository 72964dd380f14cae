"""Tests of payments.reserves.services."""
