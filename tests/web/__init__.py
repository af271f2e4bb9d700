"""Tests of the web target."""
