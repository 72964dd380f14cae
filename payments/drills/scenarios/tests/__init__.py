"""Tests of payments.drills.scenarios."""
