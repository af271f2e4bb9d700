"""Folders in recorded paths are removed, whichever system wrote them; links and class names stay."""

import pytest

from edgegen.base.private import last_part, strip_folders, strip_metadata


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
        ("https://host/someone/birds.zip?token=secret", "birds.zip"),
        ("coco.yaml", "coco.yaml"),
    ],
)
def test_recorded_path_keeps_only_its_last_part(recorded: str, left: str) -> None:
    """As a path, and as the data set in a description."""
    assert last_part(recorded) == left
    assert strip_folders(f"A model trained on {recorded}") == f"A model trained on {left}"


@pytest.mark.parametrize("recorded", ["/", "C:\\", "~", "~someone", "..", ""])
def test_path_without_a_name_has_no_last_part(recorded: str) -> None:
    """|Quotes around a path are not part of it."""
    assert last_part(recorded) == ""
    assert last_part(f"'{recorded}/data.yaml'") == "data.yaml"


PATHS = [
    ("made from /home/some one/best.pt", "made from best.pt"),
    ("made from 'D:\\some one\\best.pt' in May", "made from 'best.pt' in May"),
    ("(~/models/best.pt)", "(best.pt)"),
    ("</home/someone/best.pt>", "<best.pt>"),
    ("file:///home/someone/notes.md", "notes.md"),
    ("Jane /home/jane/x\nand https://example.com/a/b", "Jane x\nand https://example.com/a/b"),
    ("trained on /home/some one/my data.yaml", "trained on my data.yaml"),
    ("trained on my folder/birds.yaml", "trained on birds.yaml"),
    ("trained on my folder/birds.yaml\n\nLicense: MIT", "trained on birds.yaml\n\nLicense: MIT"),
    ("trained on secret\\birds", "trained on birds"),
    ("trained on secret/a.yaml. See https://x.org/a/b", "trained on a.yaml. See https://x.org/a/b"),
    ("trained on secret/a.yaml, then on day/night", "trained on a.yaml, then on day/night"),
    ("trained on ul://someone/datasets/birds", "trained on birds"),
    (
        "from /home/a/x.pt, tuned; see https://x.org/y?z for docs",
        "from x.pt, tuned; see https://x.org/y?z for docs",
    ),
    ("from /home/a/x.pt and day/night", "from night"),
    ("in /home/someone/birds/ since May", "in birds since May"),
    ("weights:/home/alice/secret/x.pt", "weights:x.pt"),
    ("weights=C:/Users/alice/x.pt", "weights=x.pt"),
    ("D:/My Files/x.pt", "x.pt"),
    ("C:\\Program Files (x86)\\alice\\x.pt", "x.pt"),
    ("/home/o'brien/x.pt", "x.pt"),
    ("%USERPROFILE%\\secret\\d.yaml", "d.yaml"),
    ("at $HOME/x/d.yaml", "at d.yaml"),
    ("at ${DATA}/x/d.yaml", "at d.yaml"),
]
ORDINARY = [
    "AGPL-3.0 License (https://ultralytics.com/license)",
    "cars and/or trucks, 24/7",
    "Apache-2.0/MIT",
    "",
    "trained on coco.yaml. See https://docs.x.com/page for details",
    "trained on coco.yaml\nLicense: MIT/Apache",
    "trained on 24/7 traffic footage",
    "trained on images/day and images/night",
    "detects /day and /night signs",
    "A:/B: ratio",
    "it's in dir/x and bob's",
    "'and/or'",
    "~5/10 of $5/month, 50%/60%",
    "s3://bucket/folder/x.pt",
    "example.com/a/b and /yolo/ in brackets",
]


@pytest.mark.parametrize(("text", "left"), PATHS)
def test_free_text_loses_the_folders_of_paths(text: str, left: str) -> None:
    """|The words around a path stay."""
    assert strip_folders(text) == left


@pytest.mark.parametrize("text", ORDINARY)
def test_free_text_keeps_links_and_other_slashes(text: str) -> None:
    """|-"""
    assert strip_folders(text) == text


@pytest.mark.parametrize(
    "text", [text for text, _ in PATHS if "trained on" not in text] + ["/home/some one/x.pt"]
)
def test_metadata_loses_folders_in_any_key(text: str) -> None:
    """|Also under a key that no version of Ultralytics writes."""
    left = str(strip_metadata({"unknown": [text], "deep": {"deeper": text}}))
    assert all(folder not in left for folder in ("alice", "some", "secret", "home", "Users", "HOME", "jane"))


def test_metadata_loses_folders_except_in_class_names() -> None:
    """At any depth."""
    content = {
        "args": {"data": "/home/someone/d.yaml", "more": ["runs\\train\\best.pt", 1]},
        "author": "C:\\Users\\someone\\me",
        "model": "runs/train/weights/best.pt",
        "names": {0: "and/or", 1: "/home"},
        "docs": "https://docs.ultralytics.com",
        "description": "A model trained on /home/someone/d.yaml",
        "batch": 1,
    }
    assert strip_metadata(content) == content | {
        "description": "A model trained on d.yaml",
        "args": {"data": "d.yaml", "more": ["best.pt", 1]},
        "author": "me",
        "model": "best.pt",
    }


def test_metadata_keeps_values_that_are_no_paths() -> None:
    """|`names` in another place than the top level has no class names."""
    content = {
        "date": "2024/01/02",
        "version": "8.4.1/dev",
        "description": "day/night",
        "note": "seen and/or heard",
        "edgegen": {"measure": "% of a/b", "at": "a/b of c", "programs": [{"pictures": ["./a b/c.png"]}]},
    }
    assert strip_metadata(content) == content
    assert strip_metadata({"args": {"names": ["/home/someone/x"]}}) == {"args": {"names": ["x"]}}
