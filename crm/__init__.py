"""Bills and relationships."""
