"""Parity with PyTorch: the authority, golden vectors, the comparison by stage, and the report.

May import all packages up to `runtimes`.
"""
