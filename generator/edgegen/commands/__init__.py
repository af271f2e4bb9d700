"""One module for each command, from beginning to end; prints nothing.

May import everything but `cli`.
"""
