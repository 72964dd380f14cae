"""Tests of payments.bench."""
