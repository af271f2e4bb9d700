"""Read untrusted YAML within bounds, with InputError for every problem; and write YAML."""

import re
import sys
from pathlib import Path
from typing import Any, Final

from edgegen.base.errors import InputError, reason
from edgegen.base.text import shorten

MAX_FILE_BYTES: Final = 8 << 20  # 10,000 names of 300 characters take 3 MB
MAX_DEPTH: Final = 20  # Ultralytics' own files have 3 levels
MAX_NODES: Final = 100_000  # values, with repetition by aliases: ten times the most class names
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


def load_mapping(path: Path, *, any_name: bool = False, lenient: bool = False) -> dict[Any, Any]:
    """Return the mapping of a file. Parameters and errors: see `load_yaml`."""
    loaded = load_yaml(path, any_name=any_name, lenient=lenient)
    if not isinstance(loaded, dict):
        raise InputError(f"{path} is not a mapping of `key: value` lines: it holds {shorten(loaded)}")
    return loaded


def load_yaml(path: Path, *, any_name: bool = False, lenient: bool = False) -> Any:
    """Return the value of a file in YAML or JSON, within bounds of size and depth.

    With `any_name`, texts may have lone surrogates, as Python represents file names that are not Unicode.
    Duplicate keys and merge keys are rejected. With `lenient`, the file is read as Ultralytics reads a
    data.yaml: the last of equal keys counts, merge keys work, and invalid bytes and characters are dropped.

    Raises:
        InputError: The file is missing, too large, or not valid YAML. The caller adds the hint.
    """
    import yaml

    try:
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
        text = content.decode("utf-8-sig", errors="ignore" if lenient else "strict")
        if lenient:
            text = yaml.reader.Reader.NON_PRINTABLE.sub("", text)
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text: byte {error.start} is {content[error.start]:#04x}"
        ) from None
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {reason(error)}") from None
    if len(content) > MAX_FILE_BYTES:
        raise InputError(f"{path} is too large: it has more than {MAX_FILE_BYTES >> 20} MiB")
    try:
        has_surrogate = any_name and _SURROGATE.search(text) is not None  # libyaml rejects lone ones
        loader = yaml.SafeLoader if has_surrogate else getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        _check_size(text, loader)
        return yaml.load(text, Loader=loader if lenient else _stricter(loader))  # noqa: S506  a SafeLoader
    except yaml.YAMLError as error:
        raise InputError(f"{path} is not valid YAML: {_first_problem(error)}") from None
    except Exception as error:  # explicit tags (`!!int x`) make PyYAML raise any exception
        raise InputError(f"{path} is not valid YAML: {shorten(str(error))}") from None


def _check_size(text: str, loader: Any) -> None:
    """Reject deep nesting and multiplying aliases before anything is constructed.

    Deep nesting overflows the C stack in libyaml. Aliases of aliases turn 2 kB into billions of values.
    """
    import yaml

    too_deep = f"it is nested more than {MAX_DEPTH} levels deep"
    count, sizes, opened = 0, dict[str | None, int](), list[tuple[str | None, int]]()
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.AliasEvent):
                count += sizes.get(event.anchor, 0)  # 0: an alias inside its own anchor
                if count > MAX_NODES:
                    raise yaml.YAMLError(f"with its aliases it has more than {MAX_NODES} values")
            elif isinstance(event, yaml.NodeEvent):
                sizes[event.anchor] = 1
                count += 1
            if isinstance(event, yaml.CollectionStartEvent):
                opened.append((event.anchor, count))
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, before = opened.pop()
                sizes[anchor] = count - before + 1
            if len(opened) > MAX_DEPTH:
                raise yaml.YAMLError(too_deep)
    except yaml.YAMLError as error:
        if "nesting depth" in str(error):  # PyYAML has a limit since 6.0.4
            raise yaml.YAMLError(too_deep) from error
        raise


def _first_problem(error: Exception) -> str:
    """Return PyYAML's message in one line, with line and column."""
    problem = getattr(error, "problem", None) or str(error)
    mark = getattr(error, "problem_mark", None)
    place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
    return f"{' '.join(str(problem).split())[:200]}{place}"


def _stricter(safe: Any) -> Any:
    """Return a safe loader that rejects duplicate keys and merge keys."""
    import yaml

    class Loader(safe):  # type: ignore[misc]
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            """Reject duplicate keys, and merge keys, which can multiply without bound."""
            result: dict[Any, Any] = {}
            for key_node, value_node in node.value:
                problem = ""
                key = None
                if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                    problem = "a key must be a plain word or number"
                else:
                    key = self.construct_object(key_node)
                    if key in result:
                        problem = f"the key {shorten(key)} occurs twice"
                if problem:
                    raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
                result[key] = self.construct_object(value_node, deep=deep)
            return result

    return Loader


def dump(content: dict[str, Any]) -> str:
    """Return YAML with one key per line and lists on one line. Keeps every character."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Escapes unprintable characters: PyYAML writes U+0085 unescaped and reads it as a blank."""

    def represent_list(dumper: yaml.SafeDumper, items: list[Any]) -> yaml.Node:
        return dumper.represent_sequence("tag:yaml.org,2002:seq", items, flow_style=True)

    def represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
        style = None if text.isprintable() else '"'
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)

    Dumper.add_representer(list, represent_list)
    Dumper.add_representer(str, represent_text)
    return yaml.dump(content, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=sys.maxsize)
