"""Results as text, tables and files, each whole or not there."""
