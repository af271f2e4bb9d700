"""Other runtimes for `edgegen benchmark`, each in its own process.

`ultralytics_formats` exports a checkpoint to their formats, and runs it in PyTorch. `adapters` runs a model
on each runtime, `worker` is the process, `worker_process` starts and asks it.
"""
