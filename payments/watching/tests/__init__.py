"""Tests of payments.watching."""
