"""One verb per file: begin, keep, detach, charge a saved method."""
