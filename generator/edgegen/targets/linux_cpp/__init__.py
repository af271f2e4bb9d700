"""Embedded Linux: the C++ project, built and run here."""
