"""Keypoints: the points of each box that is shown."""
