"""Projects of custom templates: run as their template says."""

from typing import Final

NAME: Final = "template"  # the target of such a project in its manifest
