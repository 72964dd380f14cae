"""Payments that a gateway suspects of fraud: their money waits until somebody has looked."""
