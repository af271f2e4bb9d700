"""Helpers for the tests of `edgegen report`: a strict HTML parser, and sample results."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from edgegen.project import manifest
from tests.helpers.support import LINUX, edgegen

VOID = {"meta", "img", "image", "polygon", "circle", "br"}


class Page(HTMLParser):
    """A parsed page. Fails if an element is not closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements = list[tuple[str, dict[str, str]]]()
        self.text = ""
        self.headings = list[int]()
        self._open = list[str]()
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), (tag, attrs)
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag: str) -> None:
        assert self._open
        assert self._open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID, tag
        self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self._open[-1:] != ["style"]:
            self.text += data

    def all(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag in tags]


def report(*arguments: object, code: int = 0) -> tuple[Page, str]:
    """Run `edgegen report`, and return the parsed page and its text."""
    answer = edgegen("report", *arguments)
    assert answer.code == code, answer
    text = Path("report.html").read_text(encoding="utf-8")
    return Page(text), text


def shapes(exported: Path) -> Path:
    """Make a project named Shapes from an export."""
    edgegen("new", *LINUX, "--model", exported, "--name", "Shapes", "--output", "shapes").ok()
    return Path("shapes")


def stage(**more: object) -> dict[str, Any]:
    return {
        "name": "boxes",
        "passed": True,
        "worst": 0.1,
        "tolerance": 0.5,
        "unit": "px",
        "compared": 9,
        **more,
    }


def seen(**more: object) -> dict[str, Any]:
    """Return the result of `edgegen verify --json`."""
    return {
        "target": "linux-cpp",
        "passed": True,
        "stages": [stage()],
        "images": 5,
        "detections": 9,
        "authority": "PyTorch on best.pt",
        "problems": [],
        "notes": [],
        **more,
    }


def measured(project: Path, **more: object) -> dict[str, Any]:
    """Return the part of the result of `edgegen benchmark --json` that the page reads."""
    took = {"median": 3.25, "low": 3.0, "high": 4.5}
    row = {"name": "edgegen float32", "runs": "executorch 1", "ms": took}
    phone = {"device": "A phone", "times": [{"threads": 2, "total_ms": 32.5}]}
    return {
        "model": str(project),
        "sha256": manifest.sha256(project / "model" / "model.pte"),
        "digest": manifest.sha256(project / manifest.NAME),
        "threads": 2,
        "machine": {"processor": "A processor"},
        "forward": [{**row, "name": "pytorch"}, row],
        "whole": [{**row, "name": "app", "ms": {**took, "median": 7.5}}],
        "device": phone,
        **more,
    }
