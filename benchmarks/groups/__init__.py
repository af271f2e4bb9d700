"""One module for each group of figures; `--only NAME` runs one of them."""
