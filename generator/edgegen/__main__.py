"""`python -m edgegen` is the `edgegen` command."""

from edgegen.cli import main

main()
