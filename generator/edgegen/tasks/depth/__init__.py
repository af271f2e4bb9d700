"""Depth: a distance for every pixel."""
