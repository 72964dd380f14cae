"""Tests of the verbs of escrow."""
