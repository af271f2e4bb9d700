"""A distance for every pixel."""
