"""Boxes that are turned: centre, sides and an angle."""
