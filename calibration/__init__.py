"""Published figures in, a synthetic population and its parameters out."""
