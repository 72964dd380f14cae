"""Tests of config.queue."""
