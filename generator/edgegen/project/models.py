"""The models of a project: the first one, and those that its app can switch to.

The first is where a project's only model would be. Each other one has a folder of its own below that.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from edgegen.base import naming

RECORDED: Final = "models"  # the option of `.edgegen.yml` that lists several models
_KEY: Final = re.compile(r"[a-z][a-z0-9_]*")
_ROOM: Final = 6  # characters for a number at the end of a name


@dataclass(frozen=True)
class ModelPlace:
    """Where a model of a project is: its name, its folder, and its origin."""

    name: str  # the display name; "" if it is the only one
    key: str  # its name in commands and paths; "" if it is the only one
    folder: str  # below the first one's folders; "" for the first
    origin: str  # the MODEL argument
    checkpoint: Mapping[str, str] = field(default_factory=dict)  # as Manifest.checkpoint


def places(options: Mapping[str, Any], checkpoint: Mapping[str, str]) -> tuple[ModelPlace, ...]:
    """Return the models of a manifest, the first one first."""
    listed = options.get(RECORDED)
    if not listed:
        only = ModelPlace(
            name="", key="", folder="", origin=str(options.get("model", "")), checkpoint=checkpoint
        )
        return (only,)
    return tuple(
        ModelPlace(
            name=each["name"],
            key=each["key"],
            folder=each["key"] if number else "",
            origin=each["model"],
            checkpoint=each.get("checkpoint", {}) if number else checkpoint,
        )
        for number, each in enumerate(listed)
    )


def are_valid(listed: Any) -> bool:
    """Return whether a manifest's list of models is valid. It is untrusted, and keys become paths."""
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


class NameAndKey(NamedTuple):
    """The display name of one of several models, and its name in commands and paths."""

    name: str
    key: str


def unique_names(wanted: Sequence[str], taken: Sequence[NameAndKey] = ()) -> list[NameAndKey]:
    """Return a unique name and key for each model: a repeated name gets a number.

    `taken` are the names and keys of models that keep theirs.
    """
    names, keys = {name.casefold() for name, _ in taken}, {key for _, key in taken}
    unique = []
    for wanted_name in wanted:
        name, key, count = wanted_name, naming.slug(wanted_name), 1
        while name.casefold() in names or key in keys:
            count += 1
            name = f"{wanted_name[: naming.MAX_NAME - _ROOM]} {count}"
            key = f"{naming.slug(wanted_name)[: naming.MAX_SLUG - _ROOM].rstrip('_')}_{count}"
        names.add(name.casefold())
        keys.add(key)
        unique.append(NameAndKey(name, key))
    return unique
