"""Other runtimes for `edgegen benchmark`, each in its own process.

`adapters` runs a model on each runtime, `worker` is the process, `worker_process` starts and asks it.
"""
