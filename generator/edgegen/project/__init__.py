"""A project on disk: rendered, named, placed, and told from its owner's edits.

May import everything up to `export`; never torch.
"""
