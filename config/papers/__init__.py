"""Files that people hand in: what may be kept, under which name and type."""
