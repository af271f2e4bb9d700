"""Projects of custom templates, which run the commands of their template."""

from typing import Final

NAME: Final = "template"  # the target of such a project in its manifest
