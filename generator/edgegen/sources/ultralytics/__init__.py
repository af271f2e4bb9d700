"""Ultralytics checkpoints: found, opened safely, run by their own predict. Only here is it imported."""
