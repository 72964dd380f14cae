"""Rails: the ways on which money leaves, behind one contract."""
