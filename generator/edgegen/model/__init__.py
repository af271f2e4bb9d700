"""What is known of a model: its checked specification, and which of its classes are shown.

May import `base`.
"""
