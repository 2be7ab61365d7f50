"""Agents: who they are, and the rules they follow."""
