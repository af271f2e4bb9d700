"""Segmentation: boxes with masks."""
