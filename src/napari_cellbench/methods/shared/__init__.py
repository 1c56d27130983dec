"""What the torch methods have in common; imported in worker processes and scripts only."""
