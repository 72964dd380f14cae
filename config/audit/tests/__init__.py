"""Tests of config.audit."""
