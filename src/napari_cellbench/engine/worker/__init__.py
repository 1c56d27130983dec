"""The side of the engine that answers: the process that holds the model."""
