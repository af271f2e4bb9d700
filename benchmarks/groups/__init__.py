"""The groups of figures, one module each. `--only NAME` runs one group."""
