"""Label overlap to every metric."""
