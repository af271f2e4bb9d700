"""Parity with PyTorch: the authority, golden vectors, comparison by stage, report, scores on labelled data.

May import all packages up to `runtimes`.
"""
