"""Tests of payments.gateways.phonepe."""
