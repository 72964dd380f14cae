"""Tests of payments.drills."""
