"""Ten methods of the systematic evaluation that live in MMDetection."""
