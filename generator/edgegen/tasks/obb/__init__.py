"""Oriented boxes: centre, sides and an angle."""
