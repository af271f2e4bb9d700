"""The web kit: ONNX Runtime Web, which `edgegen new` copies into web projects.

`tools` and `files` are for targets. `install` fetches the kit.
"""
