"""Pointing at cells: what is asked of a network, and which of its answers is meant.

Plain arrays only: no framework, no process, no window.
"""
