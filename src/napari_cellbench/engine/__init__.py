"""Runs methods in a worker process."""
