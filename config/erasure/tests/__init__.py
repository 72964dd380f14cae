"""Tests of config.erasure."""
