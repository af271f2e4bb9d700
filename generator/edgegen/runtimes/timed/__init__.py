"""Runtimes that `edgegen benchmark` times beside ours, each in a process of its own.

`adapters` says how each one runs a model, `worker` is the process, `contestant` this process's end of it. May
import what `runtimes` may.
"""
