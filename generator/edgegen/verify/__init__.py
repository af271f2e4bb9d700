"""Builds a project, runs it, and holds every stage of it against PyTorch."""

from edgegen.verify.report import Report
from edgegen.verify.run import verify, verify_on_device

__all__ = ["Report", "verify", "verify_on_device"]
