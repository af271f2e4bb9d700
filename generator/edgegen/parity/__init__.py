"""Sameness with PyTorch: the authority, golden vectors, the stages' comparison, and what is said of it.

May import everything up to `runtimes`.
"""
