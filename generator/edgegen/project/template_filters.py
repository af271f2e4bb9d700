"""The escaping functions as jinja filters; templates load them by naming `Filters` as a jinja extension."""

from typing import Final

from jinja2 import Environment
from jinja2.ext import Extension

from edgegen.project import escaping

FILTERS: Final = {
    function.__name__: function
    for function in (
        escaping.cmake_string,
        escaping.comment,
        escaping.cpp_double,
        escaping.cpp_float,
        escaping.cpp_string,
        escaping.gradle_string,
        escaping.identifier,
        escaping.json_string,
        escaping.kotlin_double,
        escaping.kotlin_float,
        escaping.kotlin_package,
        escaping.kotlin_string,
        escaping.markdown,
        escaping.objc_string,
        escaping.plist_string,
        escaping.python_float,
        escaping.python_string,
        escaping.shell,
        escaping.swift_string,
        escaping.toml_string,
        escaping.xcconfig_value,
        escaping.xml_attribute,
        escaping.xml_string,
        escaping.yaml_string,
    )
}


class Filters(Extension):
    """Adds every escaping function under its own name: `{{ name | cpp_string }}`."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        environment.filters.update(FILTERS)
