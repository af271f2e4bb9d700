"""Tests of spoken descriptions, which `verify` compares in the app's own language."""

from collections.abc import Mapping

import pytest

from edgegen.targets.android.runner import in_apps_words

ENGLISH = {"points_seen": "{0} of {1} points seen", "distances": "Distances from {0} to {1}"}
OTHER = {"points_seen": "Von {1} Punkten {0} zu sehen", "distances": "距離{1}まで{0}から"}


@pytest.mark.parametrize(
    ("task", "text", "words", "right"),
    [
        ("pose", "2 person, 31 of 34 points seen", ENGLISH, "2 person, 31 of 34 points seen"),
        ("pose", "2 person, 31 of 34 points seen", OTHER, "2 person, Von 34 Punkten 31 zu sehen"),
        (
            "pose",
            "1 of 2 points seen, 3 of 4 points seen",
            OTHER,
            "1 of 2 points seen, Von 4 Punkten 3 zu sehen",
        ),
        ("pose", "2 person", OTHER, "2 person"),
        ("pose", "", OTHER, ""),
        ("depth", "0.5 - 12.0", ENGLISH, "Distances from 0.5 to 12.0"),
        ("depth", "-0.5 - 12.0", OTHER, "距離12.0まで-0.5から"),
        ("depth", "", OTHER, ""),
        ("detect", "3 bowl, 1 broccoli", OTHER, "3 bowl, 1 broccoli"),
        ("detect", "1 of 2 points seen", OTHER, "1 of 2 points seen"),
        ("semantic", "0.5 - 12.0", OTHER, "0.5 - 12.0"),
    ],
)
def test_in_apps_words_puts_the_values_into_the_translation(
    task: str, text: str, words: Mapping[str, str], right: str
) -> None:
    """The translation decides the order of the values. Class names are not translated."""
    assert in_apps_words(task, text, words) == right
