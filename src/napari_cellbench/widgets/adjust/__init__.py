"""The Adjust widget: labels grow and shrink under a slider."""
