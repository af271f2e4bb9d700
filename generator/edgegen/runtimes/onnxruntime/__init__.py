"""ONNX Runtime: ONNX models, which web apps run with onnxruntime-web."""
