"""Money that left our balance at a gateway, sent by nobody here, until it is back."""
