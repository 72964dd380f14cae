"""Tests of config.outbox."""
