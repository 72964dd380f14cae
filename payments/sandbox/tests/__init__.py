"""Tests of the sandbox; they need no database."""
