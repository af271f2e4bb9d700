"""ExecuTorch: lower, load, run and profile a program. Each backend has a module or package here."""
