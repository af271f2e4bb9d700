"""The source of TorchScript archives: modules of torch.jit.trace and torch.jit.script."""
