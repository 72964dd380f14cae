"""Tests of config.kernel."""
