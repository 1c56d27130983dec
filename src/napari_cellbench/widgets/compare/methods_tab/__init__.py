"""The tab Methods: what to run."""
