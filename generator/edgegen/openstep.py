"""The text form of an Xcode project file: an old-style property list, laid out as Xcode itself writes it.

So what Xcode saves after the first change differs from it in that change alone.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

Value: TypeAlias = str | Sequence["Value"] | Mapping[str, "Value"]
Objects: TypeAlias = Mapping[str, Mapping[str, Value]]  # by id

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./]+")
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"}
_ONE_LINE: Final = frozenset({"PBXBuildFile", "PBXFileReference"})


def project_file(objects: Objects, root: str, comments: Mapping[str, str], version: str) -> str:
    """Return the text of a project.pbxproj. `comments` holds what stands beside each object's id."""
    head = f"// !$*UTF8*$!\n{{\n\tarchiveVersion = 1;\n\tclasses = {{\n\t}};\n\tobjectVersion = {version};\n"
    text = f"{head}\tobjects = {{\n"
    for isa in sorted({str(content["isa"]) for content in objects.values()}):
        text += f"\n/* Begin {isa} section */\n"
        for key in sorted(key for key, content in objects.items() if content["isa"] == isa):
            text += f"\t\t{_name(key, comments)} = {_object(objects[key], comments)};\n"
        text += f"/* End {isa} section */\n"
    return f"{text}\t}};\n\trootObject = {_name(root, comments)};\n}}\n"


def _object(content: Mapping[str, Value], comments: Mapping[str, str]) -> str:
    if content["isa"] in _ONE_LINE:
        items = (f"{quoted(key)} = {_value(value, 0, comments)}; " for key, value in content.items())
        return "{" + "".join(items) + "}"
    return _value(content, 2, comments)


def _value(value: Value, depth: int, comments: Mapping[str, str]) -> str:
    indent, inner = "\t" * depth, "\t" * (depth + 1)
    if isinstance(value, str):
        return _name(value, comments)
    if isinstance(value, Mapping):
        items = (
            f"{inner}{quoted(key)} = {_value(each, depth + 1, comments)};\n" for key, each in value.items()
        )
        return "{\n" + "".join(items) + indent + "}"
    return "(\n" + "".join(f"{inner}{_value(each, depth + 1, comments)},\n" for each in value) + indent + ")"


def _name(text: str, comments: Mapping[str, str]) -> str:
    comment = comments.get(text, "")
    return f"{quoted(text)} /* {comment} */" if comment else quoted(text)


def quoted(text: str) -> str:
    """Return a text as such a list holds it: in quotes where it needs them."""
    if _PLAIN.fullmatch(text):
        return text
    return '"' + "".join(_ESCAPES.get(character, character) for character in text) + '"'
