"""One verb per file: open, release, time out, cancel, freeze, alarm."""
