"""What people ask, and the experiments that answer."""
