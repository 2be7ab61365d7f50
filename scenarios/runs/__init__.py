"""A scenario lived beside its twin: people, world, effects, and means over replicates."""
