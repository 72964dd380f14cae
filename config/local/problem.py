"""What the person at the keyboard can mend."""


class Problem(Exception):
    """Told in its own words, without a traceback; the command ends with exit code 1."""
