"""Tests of config.settings."""
