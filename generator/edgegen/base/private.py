"""Leaves folders out of recorded paths: they are the business of the person who trained the model."""

import re
from typing import Any, Final

_SEPARATORS: Final = re.compile(r"[\\/]+")
# From the beginning of an absolute path, or one with . or ~, to the end of its last part. It may have spaces.
# A link is none: its slashes follow a colon, a letter or each other.
_PATH: Final = re.compile(
    r"(?:file:/+|(?<!\w)[A-Za-z]:[\\/]|(?<![\w:/\\.)])(?:\\\\|~\w*[\\/]|\.{1,2}[\\/]|/(?=[^/\s]))).*"
)
_DATA: Final = re.compile(r"(trained on )(.+)", re.DOTALL)
_QUOTED: Final = re.compile(r"""(["'`])([^"'`]*[\\/][^"'`]*)\1""")
_TEXTS: Final = ("author", "description", "docs", "license")  # of metadata.yaml: free text, with links
_NAMES: Final = ("names", "kpt_names")


def last_part(path: str) -> str:
    """Return the last part of a path of any system, without a link's query; "" if there is none."""
    plain = path.strip().strip("\"'`")
    if "://" in plain:
        plain = re.split("[?#]", plain)[0]
    parts = [part for part in _SEPARATORS.split(plain) if part.strip() not in {"", ".", ".."}]
    return "" if not parts or re.fullmatch(r"~.*|[A-Za-z]:|https?:", parts[-1]) else parts[-1].strip()


def without_folders(text: str) -> str:
    """Return a free text in which only the last part of each path is left; links stay."""
    text = _DATA.sub(lambda found: found[1] + last_part(found[2]), text)
    text = _QUOTED.sub(_without_folders_inside, text)
    return "\n".join(_PATH.sub(lambda found: last_part(found[0]), line) for line in text.split("\n"))


def _without_folders_inside(quoted: re.Match[str]) -> str:
    quote, path = quoted.groups()
    return quoted[0] if "://" in path else f"{quote}{last_part(path)}{quote}"


def of_metadata(content: Any, key: object = "") -> Any:
    """Return the content of a metadata.yaml without the folders in it; class names stay as they are."""
    if key in _NAMES:
        return content
    if isinstance(content, dict):
        return {name: of_metadata(value, name) for name, value in content.items()}
    if isinstance(content, list):
        return [of_metadata(value, key) for value in content]
    if not isinstance(content, str):
        return content
    is_path = key not in _TEXTS and "://" not in content and _SEPARATORS.search(content)
    return last_part(content) if is_path else without_folders(content)
