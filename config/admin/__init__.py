"""The operator site: read-only pages by role, acts of one service call each, and what needs a person."""
