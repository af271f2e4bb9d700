"""YAML from anywhere, bounded in size and depth, no surprise but an InputError; and YAML that we write."""

import reprlib
import sys
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError

MAX_FILE_BYTES: Final = 8 << 20  # 10,000 names of 300 characters take 3 MB
MAX_DEPTH: Final = 20  # Ultralytics' own files have 3 levels
MAX_SHOWN: Final = 200  # characters of a value in a message


def shorten(value: object) -> str:
    """Return any value as it may stand in a message: short, printable."""
    shortener = reprlib.Repr()
    shortener.maxlevel = 2  # aliases may nest small lists into huge ones
    shortener.maxstring = shortener.maxother = 60
    text = shortener.repr(value)
    text = text if text.isprintable() else ascii(text)[1:-1]
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."


def load_mapping(path: Path) -> dict[Any, Any]:
    """Return the file's mapping. Size and depth are bounded, keys stand once, merge keys are refused."""
    import yaml

    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text: byte {error.start} is {content[error.start]:#04x}"
        ) from None
    except FileNotFoundError:
        raise InputError(
            f"{path} is not there",
            "metadata.yaml lies beside the .pte: export again, or name it with --metadata",
        ) from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    if len(content) > MAX_FILE_BYTES:
        raise InputError(f"{path} is too large: it has more than {MAX_FILE_BYTES >> 20} MiB")
    try:
        _check_depth(text)
        loaded = yaml.load(text, Loader=_loader())  # noqa: S506  it is a SafeLoader
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not valid YAML: {_first_problem(error)}") from None
    except Exception as error:  # explicit tags (`!!int x`) make PyYAML's constructors raise all kinds
        raise InputError(f"{path} is not valid YAML: {shorten(str(error))}") from None
    if not isinstance(loaded, dict):
        raise InputError(f"{path} is no mapping: it holds {shorten(loaded)}, not `key: value` lines")
    return loaded


def _check_depth(text: str) -> None:
    """Refuse deep nesting while it is still a stream of events: libyaml's loader overflows the C stack."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise yaml.YAMLError(f"it is nested more than {MAX_DEPTH} levels deep")


def _first_problem(error: Exception) -> str:
    """Return what PyYAML found, in one line, with the place."""
    problem = getattr(error, "problem", None) or str(error)
    mark = getattr(error, "problem_mark", None)
    place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    return f"{' '.join(str(problem).split())[:200]}{place}"


def _loader() -> Any:
    """Return PyYAML's safe loader, the fast one where it is there, made stricter with mappings."""
    import yaml

    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            """Refuse a key that stands twice, and merge keys: a few of them grow without end."""
            result: dict[Any, Any] = {}
            for key_node, value_node in node.value:
                problem = ""
                key = None
                if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                    problem = "a key must be a plain word or number"
                else:
                    key = self.construct_object(key_node)
                    if key in result:
                        problem = f"the key {shorten(key)} stands twice"
                if problem:
                    raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
                result[key] = self.construct_object(value_node, deep=deep)
            return result

    return Loader


def dump(content: dict[str, Any]) -> str:
    """Return YAML: mappings one key a line, lists on one; every character of a text survives."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Escapes what is not printable: left to itself PyYAML writes U+0085 as it is and reads a blank."""

    def represent_list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.Node:
        return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)

    def represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
        style = None if text.isprintable() else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(list, represent_list)
    Dumper.add_representer(str, represent_text)
    return yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=sys.maxsize)
