"""Show results as a table in a terminal, a picture, and a page of the docs."""
