"""The names of an exported model's files are written in one module of the generator."""

import ast
from collections.abc import Iterator

import pytest

from edgegen.base.model_files import METADATA_NAME, PTE_NAME, PTE_SUFFIX
from tests.helpers.places import ROOT

GENERATOR = ROOT / "generator"
NAMES = GENERATOR / "edgegen" / "base" / "model_files.py"


def literals(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and text of strings that are such a name, or end with one. Prose may mention them."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        text = node.value.replace("\\", "")  # a regular expression escapes the point
        is_prose = any(character.isspace() for character in text)
        if not is_prose and text.endswith((PTE_SUFFIX, PTE_NAME, METADATA_NAME)):
            yield node.lineno, node.value


def test_names_of_model_files_are_in_one_module() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in sorted(GENERATOR.rglob("*.py"))
        if path != NAMES
        for line, text in literals(path.read_text(encoding="utf-8"))
    ]
    assert found == [], "import the name from edgegen.base.model_files"


@pytest.mark.parametrize(
    ("line", "is_name"),
    [
        ("folder.glob('*.pte')", True),
        ("f'{key}-{digest}.pte'", True),
        ("f'{folder}/model.pte'", True),
        (r"re.compile(r'\w+\.pte')", True),
        ("folder / 'metadata.yaml'", True),
        ("f'there is no metadata.yaml next to {path}'", False),
        ("'''Return the signature of a .pte'''", False),
        ("folder / 'data.yaml'", False),
    ],
)
def test_names_are_told_from_prose(line: str, is_name: bool) -> None:
    assert bool([*literals(line)]) is is_name
