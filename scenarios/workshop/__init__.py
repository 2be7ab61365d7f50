"""The workshop page: what it may ask, the runs that answer, its server, and the kit."""
