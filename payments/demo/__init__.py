"""The seeded demo: people, a catalogue, and orders in every state, made by the verbs that production has."""
