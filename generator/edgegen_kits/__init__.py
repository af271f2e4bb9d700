"""Check phone projects on plain Linux, with toolchains that are fetched once.

May import everything up to `project`.
"""
