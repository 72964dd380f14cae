"""The operator site's frame, tested over the platform's own rows."""
