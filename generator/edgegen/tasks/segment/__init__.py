"""Masks: which pixels belong to each box that is shown."""
