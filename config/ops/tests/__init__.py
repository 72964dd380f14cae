"""Tests of config.ops."""
