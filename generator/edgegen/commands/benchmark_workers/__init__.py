"""Other runtimes for `edgegen benchmark`, each in its own process.

`formats` exports a checkpoint to their formats. `adapters` runs a model
on each runtime, `worker` is the process, `worker_process` starts and asks it.
"""
