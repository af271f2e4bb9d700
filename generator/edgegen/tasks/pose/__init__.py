"""Pose: boxes with keypoints."""
