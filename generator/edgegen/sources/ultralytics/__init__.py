"""Ultralytics checkpoints: find, open safely, run `predict`. The only package that imports ultralytics."""
