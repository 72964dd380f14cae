"""Tests of the translations of what rails tell."""
