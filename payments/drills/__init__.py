"""Drills: scripted faults on the sandbox of a running installation, and the proof that it healed."""
