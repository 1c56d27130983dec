"""The Benchmark widget: an evaluation's tables and figures, and from each number to its cells."""
