"""Projects of somebody else's template: made by copier, run as their template says."""

from typing import Final

NAME: Final = "template"  # what the manifest calls such a project's target
