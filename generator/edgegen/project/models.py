"""The models of a project: the one that its app begins with, and those that it can switch to.

The first lies where the model of a project with only one lies, each other one in a folder of its own below
that, so that whatever asks for a project's model finds the first.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edgegen.base import naming

RECORDED: Final = "models"  # the option of `.edgegen.yml` that lists them; only where there are several
_KEY: Final = re.compile(r"[a-z][a-z0-9_]*")
_ROOM: Final = 6  # characters, for a number at the end of a name


@dataclass(frozen=True)
class Place:
    """One of a project's models: what it is called, where it lies, what it was made from."""

    name: str  # as people read it; "" where there is only one
    key: str  # what commands and folders call it; "" where there is only one
    folder: str  # below the folders of the first one's files; "" of the first
    origin: str  # the MODEL argument
    checkpoint: Mapping[str, str] = field(default_factory=dict)  # as Manifest.checkpoint

    def below(self, first: Path) -> Path:
        """Return where something of it lies, from where the same of the first one lies."""
        return first / self.folder


def places(options: Mapping[str, Any], checkpoint: Mapping[str, str]) -> tuple[Place, ...]:
    """Return the models that a manifest lists, the first first; one where it lists none."""
    listed = options.get(RECORDED)
    if not listed:
        return (Place("", "", "", str(options.get("model", "")), checkpoint),)
    return tuple(
        Place(
            each["name"],
            each["key"],
            each["key"] if number else "",
            each["model"],
            each.get("checkpoint", {}) if number else checkpoint,
        )
        for number, each in enumerate(listed)
    )


def are_sound(listed: Any) -> bool:
    """Tell whether a manifest lists models as edgegen does: it may come from anywhere, and keys are paths."""
    if listed is None:
        return True
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        return False
    texts = [each.get(name) for each in listed for name in ("name", "key", "model")]
    texts += [text for each in listed for text in _values(each.get("checkpoint", {}))]
    if not all(isinstance(text, str) for text in texts):
        return False
    keys = [each["key"] for each in listed]
    return len(set(keys)) == len(keys) and all(_KEY.fullmatch(key) for key in keys)


def _values(checkpoint: Any) -> Sequence[Any]:
    return list(checkpoint.values()) if isinstance(checkpoint, dict) else [None]


def called(wanted: Sequence[str], taken: Sequence[tuple[str, str]] = ()) -> list[tuple[str, str]]:
    """Return the name and the key of each model: names that are there twice get a number.

    `taken` are those of models that keep what they are called.
    """
    names, keys = {name.casefold() for name, _ in taken}, {key for _, key in taken}
    found = []
    for name in wanted:
        given, key, count = name, naming.slug(name), 1
        while given.casefold() in names or key in keys:
            count += 1
            given = f"{name[: naming.MAX_NAME - _ROOM]} {count}"
            key = f"{naming.slug(name)[: naming.MAX_SLUG - _ROOM].rstrip('_')}_{count}"
        names.add(given.casefold())
        keys.add(key)
        found.append((given, key))
    return found
