"""Measure how fast edgegen and its apps are. Both sides of each comparison are measured in the same run."""
