"""How dates and times are written on the operator site, by language."""
