"""Tests of config.management."""
