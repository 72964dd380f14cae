"""Tests of the contract of transfer providers, and the one suite that every adapter passes."""
