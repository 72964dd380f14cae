"""What a developer's machine needs around the project; never imported in production."""
