"""From an opened checkpoint to `.pte`, metadata.yaml and golden vectors.

May import everything up to `parity`.
"""
