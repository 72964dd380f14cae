"""How well each gateway serves us: its circuit breaker, and whether it has fallen silent."""
