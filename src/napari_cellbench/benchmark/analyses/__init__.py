"""The papers' analyses: each says by which equation, and whose it is."""
