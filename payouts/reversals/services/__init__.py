"""Everything that happens to a reversal, one verb a module."""
