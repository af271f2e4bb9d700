"""Classification: one class for the whole picture."""
