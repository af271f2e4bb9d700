"""A project on disk: rendering, placing, updating, and the record that detects the user's edits.

May import everything up to `export`; never torch.
"""
