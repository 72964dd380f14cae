"""Event tickets in custody: each is one piece of a listing, reserved, held and handed to its buyer by itself."""
