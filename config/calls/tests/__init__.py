"""Tests of config.calls."""
