"""The tab Robustness: what becomes of the scores as the image gets worse."""
