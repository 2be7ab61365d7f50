"""Pictures in one style, each drawn again from its saved table."""
