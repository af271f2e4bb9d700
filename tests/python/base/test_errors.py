"""The text of an error of a library, in a message of edgegen."""

from edgegen.base.errors import first_line


def test_first_line_leaves_out_the_stack_that_a_library_adds() -> None:
    assert first_line(RuntimeError("\nno kernel for this operator\n\nTraceback: ...")) == (
        "no kernel for this operator"
    )


def test_first_line_of_an_error_without_text_is_its_type() -> None:
    """An `assert` without a message, for example: a message that ends with a colon says nothing."""
    assert first_line(AssertionError()) == "AssertionError"
