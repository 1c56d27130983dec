"""The side of the engine that asks: it runs where the window or the command line does."""
