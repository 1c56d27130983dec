"""The Segment widget: a method and a checkpoint, run on layers."""
