"""What happens to payees, one verb or one family of verbs per file."""
