"""The claim-and-lease engine that every queue of the house shares."""
