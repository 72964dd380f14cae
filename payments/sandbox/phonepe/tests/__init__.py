"""Tests of the sandbox's PhonePe."""
