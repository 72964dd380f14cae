"""Tests of the verbs of refunds."""
