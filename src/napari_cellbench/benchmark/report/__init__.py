"""Tables and figures of an evaluation: as text, as JSON, and as a page."""
