"""Remove folders from recorded paths: they are private to the author of the model."""

import re
from typing import Any, Final

_SEPARATORS: Final = re.compile(r"[\\/]+")
# fmt: off
_SUFFIXES: Final = (
    "bin", "cfg", "ckpt", "csv", "data", "engine", "gz", "jpg", "json", "log", "mp4", "names", "ndjson",
    "npy", "npz", "onnx", "parquet", "pkl", "png", "pt", "pte", "pth", "py", "safetensors", "tar", "tflite",
    "tgz", "torchscript", "txt", "yaml", "yml", "zip",
)
# fmt: on
_ENDING: Final = rf"\.(?:{'|'.join(_SUFFIXES)})"
# A part of a path, in words. Punctuation ends it, and white space after a file suffix or a sentence.
_WORD: Final = r"""(?:[^\\/\s,;:<>"'`()]|(?<=\w)'(?=\w)|\([^()\\/\n]*\))+"""
_GAP: Final = "".join(rf"(?<!\.{suffix})" for suffix in _SUFFIXES) + r"(?<![.!?])[^\S\n]+"
_FOLDER: Final = rf"{_WORD}(?:{_GAP}{_WORD})*[\\/]+"
# The start of an absolute path, or of one with ~, ., $HOME or %HOME%. Not of a URL: // follows its colon.
_BEGIN: Final = (
    r"(?:file:/+|(?<!\w)[A-Za-z]:\\+|(?<![\w/\\.)])(?:"
    r"(?:~(?:[A-Za-z_][\w.-]*)?|\.{1,2}|\$[A-Za-z_]\w*|\$\{\w+\}|%\w+%)[\\/]+"
    rf"|[A-Za-z]:/+(?={_FOLDER})|(?:/|\\{{1,2}})(?={_WORD}[\\/]+{_WORD})))"
)
_FOLDERS: Final = re.compile(rf"{_BEGIN}(?:{_FOLDER})*")
_TRAINED_ON: Final = re.compile(
    rf"(?<=trained on )(?:(?:{_FOLDER})+{_WORD}{_ENDING}(?=[^\S\n]*$)|[^\s,;<>\"'`]+)",
    re.MULTILINE | re.IGNORECASE,
)
_QUOTED: Final = re.compile(r"""(?<!\w)(["'`])([^"'`\n]+)\1(?!\w)""")
_WHOLE_PATH: Final = re.compile(rf"{_BEGIN}|[A-Za-z]:/|/[^/\s]|.*\\|.*/.*{_ENDING}\.?\s*$", re.IGNORECASE)
# Keys of metadata.yaml: free texts with URLs, paths, and values that stay.
_TEXTS: Final = ("author", "description", "docs", "license")
_PATHS: Final = ("data", "model", "weights", "pretrained", "project", "save_dir", "source", "path", "cfg")
_KEPT: Final = ("names", "kpt_names", "date", "version")


def last_part(path: str) -> str:
    """Return the last part of a path of any system, without a URL's query; "" if there is none."""
    plain = path.strip().strip("\"'`")
    if "://" in plain:
        plain = re.split("[?#]", plain)[0]
    parts = [part for part in _SEPARATORS.split(plain) if part.strip() not in {"", ".", ".."}]
    return "" if not parts or re.fullmatch(r"~.*|[A-Za-z]:|https?:", parts[-1]) else parts[-1].strip()


def strip_folders(text: str) -> str:
    """Return a text with each path shortened to its last part. URLs stay."""
    text = _QUOTED.sub(lambda found: found[1] + _shortened(found[2]) + found[1], text)
    text = _FOLDERS.sub(_without_match, text)
    return _TRAINED_ON.sub(lambda found: _shortened(found[0], links=True), text)


def strip_metadata(content: dict[Any, Any]) -> dict[Any, Any]:
    """Return the content of a metadata.yaml without folders. Class names stay."""
    return {
        key if key in _KEPT else _of_value(key): value if key in _KEPT else _of_value(value, key)
        for key, value in content.items()
    }


def _of_value(value: Any, key: object = "") -> Any:
    if isinstance(value, dict):
        return {_of_value(name): _of_value(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_of_value(each, key) for each in value]
    if not isinstance(value, str):
        return value
    if key in _PATHS and "://" not in value and _SEPARATORS.search(value):
        return last_part(value)
    return strip_folders(value if key in _TEXTS else _shortened(value))


def _shortened(text: str, *, links: bool = False) -> str:
    """Return the last part if the whole text is a path; otherwise the text."""
    if "://" in text and not text.startswith("file:"):
        return last_part(text) if links else text
    return last_part(text) if _WHOLE_PATH.match(text) else text


def _without_match(found: re.Match[str]) -> str:
    """Return "" for folders before a file name, and the last folder if no name follows."""
    return "" if re.match(_WORD, found.string[found.end() :]) else last_part(found[0])
