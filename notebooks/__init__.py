"""Notebooks for planners, each kept as a text and as an executed notebook."""
