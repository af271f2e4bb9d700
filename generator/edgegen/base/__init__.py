"""What every package may use: errors and exit codes, pins, progress, YAML, tools on PATH.

Imports nothing of edgegen.
"""
