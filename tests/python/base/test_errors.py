"""The text of an error of a library, in a message of edgegen."""

from edgegen.base.errors import first_line


def test_first_line_leaves_out_the_stack_that_a_library_adds() -> None:
    assert first_line(RuntimeError("\nno kernel for this operator\n\nTraceback: ...")) == (
        "no kernel for this operator"
    )


def test_first_line_of_an_error_without_text_is_its_type() -> None:
    """An `assert` without a message, for example: a message that ends with a colon says nothing."""
    assert first_line(AssertionError()) == "AssertionError"


def test_first_line_of_a_text_from_a_file_is_short_and_has_no_control_characters() -> None:
    """A name in a model's file may have an escape sequence, which a terminal would follow."""
    shown = first_line(ValueError("no layer \x1b[2J" + "x" * 10_000))
    assert shown.startswith("no layer \ufffd[2Jxxx")
    assert len(shown) == 400
    assert shown.isprintable()
