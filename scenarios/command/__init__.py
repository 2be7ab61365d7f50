"""What the command line asks for, and how it is answered."""
