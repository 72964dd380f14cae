"""Tests of scouts."""
