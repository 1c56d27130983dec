"""Layers of the viewer: which are chosen, what they show, where results go."""
