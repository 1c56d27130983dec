"""The Score widget: predictions against a ground truth, live."""
