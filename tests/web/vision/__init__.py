"""Tests of templates/_shared/js/vision: JavaScript against numpy."""
