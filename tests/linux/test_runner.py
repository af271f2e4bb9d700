"""The runner reads the complete output of a linux-cpp project's programs."""

import shlex
from pathlib import Path

import pytest

from edgegen.base.errors import ParityError
from edgegen.targets.linux_cpp.runner import _json_of

FRAMES = '{"frame":0,"time":null}\n{"frame":1,"time":null}\n'


def printing(folder: Path, text: str) -> list[str]:
    """Return the command of a program that prints a text."""
    program = folder / "program"
    program.write_text(f"#!/bin/sh\nprintf %s {shlex.quote(text)}\n", encoding="utf-8")
    program.chmod(0o755)
    return [str(program)]


@pytest.mark.parametrize("text", ['{"a":1}', ' \n {"a":1}\n', '{"a":\n1}'])
@pytest.mark.parametrize("or_frames", [False, True])
def test_one_json_object_is_read_with_blanks_around_it(tmp_path: Path, text: str, or_frames: bool) -> None:
    assert _json_of(printing(tmp_path, text), allowed=(0,), or_frames=or_frames) == {"a": 1}


@pytest.mark.parametrize("text", ['{"a":1} rest', '{"a":1}\n{"a":2}\n', "", "no JSON", '"frame" rest'])
@pytest.mark.parametrize("or_frames", [False, True])
def test_anything_after_the_json_object_is_an_error(tmp_path: Path, text: str, or_frames: bool) -> None:
    with pytest.raises(ParityError, match="program printed no JSON"):
        _json_of(printing(tmp_path, text), allowed=(0,), or_frames=or_frames)


def test_json_of_accepts_the_frame_lines_of_a_video_only_if_asked(tmp_path: Path) -> None:
    """A video gives one line of JSON for each frame."""
    assert _json_of(printing(tmp_path, FRAMES), allowed=(0,), or_frames=True)["frame"] == 0
    with pytest.raises(ParityError, match="program printed no JSON"):
        _json_of(printing(tmp_path, FRAMES), allowed=(0,))
