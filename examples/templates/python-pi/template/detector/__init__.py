"""A picture in, boxes out."""

from detector.detector import Box, Detector

__all__ = ["Box", "Detector"]
