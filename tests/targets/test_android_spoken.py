"""What an Android app reads out is compared in the app's own language."""

from collections.abc import Mapping

import pytest

from edgegen.targets.android.runner import in_apps_words

ENGLISH = {"points_seen": "{0} of {1} points seen"}
GERMAN = {"points_seen": "Von {1} Punkten {0} zu sehen"}
DISTANCES = {"distances": "Distances from {0} to {1}"}
JAPANESE = {"distances": "距離{1}まで{0}から"}


@pytest.mark.parametrize(
    ("text", "words", "right"),
    [
        ("2 person, 31 of 34 points seen", ENGLISH, "2 person, 31 of 34 points seen"),
        ("2 person, 31 of 34 points seen", GERMAN, "2 person, Von 34 Punkten 31 zu sehen"),
        ("1 of 2 points seen, 3 of 4 points seen", GERMAN, "1 of 2 points seen, Von 4 Punkten 3 zu sehen"),
        ("2 person", GERMAN, "2 person"),
        ("", GERMAN, ""),
        ("0.5 - 12.0", DISTANCES, "Distances from 0.5 to 12.0"),
        ("-0.5 - 12.0", JAPANESE, "距離12.0まで-0.5から"),
        ("", JAPANESE, ""),
        ("3 bowl, 1 broccoli", {}, "3 bowl, 1 broccoli"),
    ],
)
def test_a_result_in_words_is_told_in_the_apps_language(
    text: str, words: Mapping[str, str], right: str
) -> None:
    """Values take the places that the translation gives them; class names stay."""
    assert in_apps_words(text, words) == right
