"""Remove folders from recorded paths: they are private to the author of the model."""

import re
from typing import Any, Final

_SEPARATORS: Final = re.compile(r"[\\/]+")
# The start of a path: with file:, a drive, ~, ., $HOME or %HOME%; or a slash before a folder. Not a URL's.
_NAMED_START: Final = r"(?:file:/|[A-Za-z]:|~(?:[A-Za-z]\w*)?|\.{1,2}|\$[A-Za-z_]\w*|\$\{\w+\}|%\w+%)[\\/]+"
_BARE_START: Final = r"(?:/(?!/)|\\{1,2})(?=[^\s\\/]+[\\/]+\S)"
# Folders may contain blanks, so a path reaches to the last separator before a punctuation mark.
_PATH: Final = re.compile(
    rf"(?<![\w/\\.)])(?:{_NAMED_START}|{_BARE_START})(?:[^\\/\n,;:<>\"`]+[\\/]+)+[^\\/\s,;:<>\"'`)]*"
)
_DATA: Final = re.compile(r"(?<=trained on )(?:.*\.ya?ml[^\S\n]*$|\S+)", re.MULTILINE | re.IGNORECASE)
_FILE: Final = re.compile(r".*/.*\.[A-Za-z]\w{1,10}[.,;]?\s*")  # a relative path of a file
# Keys of metadata.yaml: free texts, paths, and values that stay.
_TEXTS: Final = ("author", "description", "docs", "license")
_PATHS: Final = ("data", "model", "weights", "pretrained", "project", "save_dir", "source", "path", "cfg")
_KEPT: Final = ("names", "kpt_names", "date", "version")
_NESTED_KEPT: Final = ("pictures",)  # the names of golden pictures, as in the index of the vectors


def last_part(path: str) -> str:
    """Return the last part of a path of any system, without a URL's query; "" if there is none."""
    plain = path.strip().strip("\"'`")
    if "://" in plain:
        plain = re.split("[?#]", plain)[0]
    parts = [part for part in _SEPARATORS.split(plain) if part.strip() not in {"", ".", ".."}]
    return "" if not parts or re.fullmatch(r"~.*|[A-Za-z]:|https?:", parts[-1]) else parts[-1].strip()


def strip_folders(text: str) -> str:
    """Return a text with each path shortened to its last part. URLs stay.

    Words with a slash after a path in the same sentence are lost, too: they may be its folders.
    """

    def data_set(found: re.Match[str]) -> str:
        return last_part(found[0]) if "://" in found[0] or _is_path(found[0]) else found[0]

    return _PATH.sub(lambda found: last_part(found[0]), _DATA.sub(data_set, text))


def strip_metadata(content: dict[Any, Any]) -> dict[Any, Any]:
    """Return the content of a metadata.yaml without folders. Class names stay."""
    return {key: value if key in _KEPT else _stripped(value, key) for key, value in content.items()}


def _stripped(value: Any, key: object) -> Any:
    if isinstance(value, dict):
        return {name: each if name in _NESTED_KEPT else _stripped(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_stripped(each, key) for each in value]
    if not isinstance(value, str):
        return value
    is_path = key not in _TEXTS and "://" not in value and (key in _PATHS or _is_path(value))
    return last_part(value) if is_path else strip_folders(value)


def _is_path(text: str) -> bool:
    return "\\" in text or _FILE.fullmatch(text) is not None
