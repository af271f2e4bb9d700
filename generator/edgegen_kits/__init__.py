"""What checks projects for phones on plain Linux: fetched toolchains, and their use.

May import everything up to `project`.
"""
