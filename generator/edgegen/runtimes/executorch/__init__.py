"""ExecuTorch with XNNPACK."""
