"""Tests of config.accounts."""
