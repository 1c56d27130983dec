"""The ground floor: files that are written whole, locks, places for settings and cache."""
