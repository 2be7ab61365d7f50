"""How scenario and design files are read, checked and told again."""
