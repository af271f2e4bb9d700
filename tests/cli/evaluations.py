"""Helpers for the tests of `edgegen evaluate`."""

import json
from typing import Any

from tests.helpers.support import Answer, edgegen

AGREE = 0.002  # of mAP, 0 to 1


def evaluated(*arguments: object) -> dict[str, Any]:
    answer = edgegen("evaluate", *arguments, "--json").ok()
    found: dict[str, Any] = json.loads(answer.out)
    return found


def rejects(answer: Answer, code: int, *words: str) -> None:
    assert answer.code == code, answer.err
    for word in words:
        assert word in answer.err, answer.err
