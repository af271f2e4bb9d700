"""The names of an exported model's files, in an export and in a project."""

from typing import Final

PTE_SUFFIX: Final = ".pte"
PTE_NAME: Final = f"model{PTE_SUFFIX}"  # the first program
METADATA_NAME: Final = "metadata.yaml"  # next to it
