"""Jinja for edgegen's templates: the escaping filters, the settings, and a cache of compiled templates."""

import contextlib
import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined, __version__
from jinja2.ext import Extension

from edgegen.base import naming
from edgegen.base.files import home
from edgegen.project import escaping

if TYPE_CHECKING:
    from jinja2.bccache import Bucket

FILTERS: Final = {
    **{
        function.__name__: function
        for function in (
            escaping.cmake_string,
            escaping.comment,
            escaping.cpp_double,
            escaping.cpp_float,
            escaping.cpp_string,
            escaping.json_string,
            escaping.kotlin_package,
            escaping.kotlin_string,
            escaping.markdown,
            escaping.objc_string,
            escaping.plist_string,
            escaping.shell,
            escaping.swift_string,
            escaping.xcconfig_value,
            escaping.xml_attribute,
            escaping.xml_string,
            escaping.yaml_string,
        )
    },
    "gradle_string": escaping.kotlin_string,
    "identifier": naming.slug,
    "kotlin_double": escaping.cpp_double,
    "kotlin_float": escaping.cpp_float,
    "python_float": escaping.cpp_double,
    "python_string": escaping.yaml_string,
    "toml_string": escaping.yaml_string,
}


class Filters(Extension):
    """A Jinja extension that adds the filters: `{{ name | cpp_string }}`. Custom templates name it too."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(FILTERS)


def environment(folder: Path, *, finalize: Callable[[Any], Any] | None = None, **options: Any) -> Environment:
    """Return Jinja's environment for the templates of a folder.

    finalize: gets each value before it is written. options: delimiters, and whether HTML is escaped.
    """
    settings: dict[str, Any] = {
        "autoescape": False,
        "keep_trailing_newline": True,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "optimized": False,  # saves more time than constant folding does
        **options,
    }
    return Environment(  # noqa: S701 - the filters escape, for each language in its own way
        loader=FileSystemLoader(folder, encoding="utf-8"),
        bytecode_cache=_Cache({**settings, "finalize": finalize is not None}),
        extensions=[Filters],
        undefined=StrictUndefined,
        finalize=finalize,
        cache_size=0,  # each template is rendered once
        **settings,
    )


class _Cache(FileSystemBytecodeCache):
    """Keeps compiled templates in edgegen's home. Without it, a project takes half a second longer."""

    def __init__(self, options: dict[str, Any]) -> None:
        settings = repr((__version__, sorted(options.items())))
        folder = home() / "templates" / hashlib.sha256(settings.encode()).hexdigest()[:16]
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        super().__init__(str(folder))

    def load_bytecode(self, bucket: "Bucket") -> None:
        """Load a template if it was compiled from the same text."""
        with contextlib.suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: "Bucket") -> None:
        """Save a compiled template. On an error, such as a full disk, it is compiled again next time."""
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)
