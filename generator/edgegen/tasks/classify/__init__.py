"""One class for the whole picture."""
