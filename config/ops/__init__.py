"""Health, metrics, limits, flags, logs and error tracking."""
