"""Folders in recorded paths: left out, whichever system wrote them, while links and class names stay."""

import pytest

from edgegen.base.private import last_part, of_metadata, without_folders


@pytest.mark.parametrize(
    ("recorded", "left"),
    [
        ("/home/someone/secret/data.yaml", "data.yaml"),
        ("/home/some one/my data.yaml", "my data.yaml"),
        ("C:\\Users\\some one\\data.yaml", "data.yaml"),
        ("\\\\server\\share\\data.yaml", "data.yaml"),
        ("../secret/../data.yaml", "data.yaml"),
        ("secret/data.yaml", "data.yaml"),
        ("/home/someone/birds/", "birds"),
        ("'/home/someone/data.yaml'", "data.yaml"),
        ("https://host/someone/birds.zip?token=secret", "birds.zip"),
        ("coco.yaml", "coco.yaml"),
        ("/", ""),
        ("C:\\", ""),
        ("~", ""),
    ],
)
def test_recorded_path_keeps_its_last_part(recorded: str, left: str) -> None:
    """Alone, and as the data in a description."""
    assert last_part(recorded) == left
    assert without_folders(f"A model trained on {recorded}") == f"A model trained on {left}"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("made from /home/some one/best.pt", "made from best.pt"),
        ("made from 'D:\\some one\\best.pt' in May", "made from 'best.pt' in May"),
        ("(~/models/best.pt)", "(best.pt)"),
        ("file:///home/someone/notes.md", "notes.md"),
        ("Jane /home/jane/x\nand https://example.com/a/b", "Jane x\nand https://example.com/a/b"),
        ("AGPL-3.0 License (https://ultralytics.com/license)", None),
        ("cars and/or trucks, 24/7", None),
        ("Apache-2.0/MIT", None),
        ("", None),
    ],
)
def test_free_text_loses_the_folders_of_paths(text: str, left: str | None) -> None:
    """Links and other slashes stay."""
    assert without_folders(text) == (text if left is None else left)


def test_metadata_loses_folders_but_for_class_names() -> None:
    """In any field, however deep."""
    content = {
        "args": {"data": "/home/someone/d.yaml", "more": ["runs\\train\\best.pt", 1]},
        "author": "C:\\Users\\someone\\me",
        "model": "runs/train/weights/best.pt",
        "names": {0: "and/or", 1: "/home"},
        "docs": "https://docs.ultralytics.com",
        "batch": 1,
    }
    assert of_metadata(content) == content | {
        "args": {"data": "d.yaml", "more": ["best.pt", 1]},
        "author": "me",
        "model": "best.pt",
    }
