"""The description of a model: its checked specification, class selection, precision.

May import `base`.
"""
