"""Export an opened checkpoint: `.pte`, metadata.yaml and golden vectors.

May import all packages up to `parity`.
"""
