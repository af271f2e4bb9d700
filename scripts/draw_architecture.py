#!/usr/bin/env python3
"""Draw docs/images/architecture.svg: which package of the generator imports which, read from its sources.

A row imports the columns that are marked. Rows have the order of `[tool.importlinter]` in pyproject.toml,
the highest first, so there is no place for an import that points upward.

    scripts/draw_architecture.py          # write the picture
    scripts/draw_architecture.py --check  # exit code 1 if it differs from the sources
"""

import ast
import sys
from html import escape
from pathlib import Path

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

import grimp

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "architecture.svg"
CELL, LEFT, TOP = 34, 110, 34  # pixels
TEXT = 'font-family="system-ui, sans-serif" font-size="14"'


def layers() -> list[str]:
    """Return the packages, highest first, as the linter holds them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = (each for each in settings["tool"]["importlinter"]["contracts"] if each["type"] == "layers")
    return [name.removeprefix("edgegen.") for name in contract["layers"]]


def imports(names: list[str]) -> set[tuple[str, str]]:
    """Return the pairs (package, package that it imports), each at least one import statement."""
    graph = grimp.build_graph("edgegen", "edgegen_kits", exclude_type_checking_imports=True, cache_dir=None)
    pairs = set()
    for module in graph.modules:
        for imported in graph.find_modules_directly_imported_by(module):
            here, there = (_package(each) for each in (module, imported))
            if here != there and here in names and there in names:
                pairs.add((here, there))
    return pairs


def _package(module: str) -> str:
    """Return the package that a module is in: edgegen.cli.new is in cli, edgegen_kits.ios in edgegen_kits."""
    root, *rest = module.split(".")
    return rest[0] if root == "edgegen" and rest else root


def purpose(name: str) -> str:
    """Return the first line of a package's docstring."""
    folder = ROOT / "generator" / ("." if name == "edgegen_kits" else "edgegen") / name
    source = (folder / "__init__.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").split("\n", 1)[0]


def draw(names: list[str], pairs: set[tuple[str, str]]) -> str:
    """Return the picture as SVG."""
    width, height = LEFT + CELL * len(names) + 780, TOP + CELL * len(names) + 30
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="20" {TEXT} fill="#57606a">a row imports the columns that are marked</text>',
    ]
    for row, name in enumerate(names):
        y = TOP + CELL * row
        lines.append(
            f'<text x="{LEFT - 10}" y="{y + 22}" {TEXT} text-anchor="end" fill="#1f2328">{name}</text>'
        )
        for column, other in enumerate(names[row:], start=row):
            x = LEFT + CELL * column
            fill = "#d0d7de" if column == row else "#0969da" if (name, other) in pairs else "#f6f8fa"
            lines.append(
                f'<rect x="{x + 1}" y="{y + 1}" width="{CELL - 2}" height="{CELL - 2}" rx="4" fill="{fill}"/>'
            )
        x = LEFT + CELL * len(names) + 14
        lines.append(f'<text x="{x}" y="{y + 22}" {TEXT} fill="#57606a">{escape(purpose(name))}</text>')
    return "\n".join([*lines, "</svg>", ""])


def main() -> int:
    """Write the picture, or say whether it is true."""
    names = layers()
    text = draw(names, imports(names))
    if "--check" in sys.argv[1:]:
        return int(not PICTURE.is_file() or PICTURE.read_text(encoding="utf-8") != text)
    PICTURE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
