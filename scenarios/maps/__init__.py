"""Maps of places: tiles of our own, or polygons that the reader has as a file."""
