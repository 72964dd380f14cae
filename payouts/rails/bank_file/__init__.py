"""The rail that is a person: payouts by a file that somebody pays at our bank."""
