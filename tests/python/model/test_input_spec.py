"""The preprocessing in words."""

import pytest

from edgegen.model.spec import CENTRE_CROP, LETTERBOX, LETTERBOX_TOP_LEFT, STRETCH, WHOLE_PICTURE, InputSpec


@pytest.mark.parametrize(
    ("resize", "shorter_side", "words"),
    [
        (LETTERBOX, WHOLE_PICTURE, "fit the picture into the model's input, with a border"),
        (
            LETTERBOX_TOP_LEFT,
            WHOLE_PICTURE,
            "fit the picture into the model's input, with a border at the right or at the bottom",
        ),
        (STRETCH, WHOLE_PICTURE, "stretch the picture to the model's input"),
        (CENTRE_CROP, WHOLE_PICTURE, "stretch the picture to the model's input"),
        (CENTRE_CROP, 256, "resize and crop the picture to the model's input"),
    ],
)
def test_resize_in_words_says_whether_a_picture_is_cropped(
    resize: str, shorter_side: int, words: str
) -> None:
    assert InputSpec(64, 64, resize=resize, shorter_side=shorter_side).resize_in_words == words
