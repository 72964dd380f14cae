"""The conformance suite: what every rail must do, proved against its sandbox."""
