"""Ways to show results: a table on a terminal, a picture, a page."""
