"""The source of `.onnx` files."""
