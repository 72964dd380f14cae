"""Tests of the verbs of transfers."""
