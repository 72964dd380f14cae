"""Tests of config.inbox."""
