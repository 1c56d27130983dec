"""`cellbench`: the same jobs without a window."""
