"""The Correct panel: cells are pointed at, mended, and looked through."""
