"""edgegen turns a trained PyTorch vision model into app projects that build, run and prove themselves."""

__version__ = "0.1.0"
