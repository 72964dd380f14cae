"""Measures what the design promises of speed and memory, on private servers: `make bench`."""

NOTHING = "payments.bench.steps.do_nothing"
