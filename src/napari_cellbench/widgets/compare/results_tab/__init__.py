"""The tab Results: what came of it, in a table."""
