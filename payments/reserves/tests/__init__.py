"""Tests of payments.reserves."""
