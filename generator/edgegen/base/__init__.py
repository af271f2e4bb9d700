"""Helpers for every package: errors and exit codes, version pins, progress, YAML, tools on PATH.

Imports nothing of edgegen.
"""
