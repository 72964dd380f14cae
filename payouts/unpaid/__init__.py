"""Money that was released and not paid: how old it is, and how long its gateway lets it wait."""
