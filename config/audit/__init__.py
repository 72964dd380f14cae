"""Who moved what, when and why."""
