"""Choosing a method, its checkpoint and its parameters."""
