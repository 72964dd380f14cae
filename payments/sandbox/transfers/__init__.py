"""A transfer provider for event tickets, in the shape of a public one."""
