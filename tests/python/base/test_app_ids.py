"""Android packages and iOS bundle ids."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from edgegen.base import app_ids
from edgegen.base.errors import UsageError
from edgegen.base.naming import MAX_NAME


@pytest.mark.parametrize(
    "package",
    [
        "a.b",
        "org.example.birds",
        "com.Example.MyApp",
        "in.co.birds",
        "org.example.when",
        "io.github.some_one.app_2",
        "org.example.record.yield",
        "a." + "b" * (app_ids.MAX_PACKAGE - 2),
    ],
)
def test_package_id_of_a_valid_form_is_kept(package: str) -> None:
    """Capitals, words that only Kotlin reserves, and Java's newer words are allowed."""
    assert app_ids.check_package(package) == package


@pytest.mark.parametrize(
    ("package", "said", "proposal"),
    [
        ("birds", "two parts or more", "org.example.birds"),
        ("", "is empty", "org.example.app"),
        (".", "is empty", "org.example.app"),
        ("org..birds", "is empty", "org.example.birds"),
        ("org.birds.", "is empty", "org.example.app"),
        ("org.example.class", "'class' is a keyword of Java", "org.example.class_app"),
        ("new.birds", "'new' is a keyword of Java", "org.example.birds"),
        ("org.true", "'true' is a keyword of Java", "org.example.true_app"),
        ("org.my-birds", "'my-birds' is not", "org.example.my_birds"),
        ("org.2birds", "'2birds' is not", "org.example.app_2birds"),
        ("org._birds", "'_birds' is not", "org.example.birds"),
        ("org.b rds", "'b rds' is not", "org.example.b_rds"),
        ("org.größe", "'größe' is not", "org.example.grosse"),
        ("org.犬", "'犬' is not", "org.example.app"),
        ("org.birds\n", "'birds\\n' is not", "org.example.birds"),
        ("org.b\u0131rds", "is not", "org.example.birds"),
        ("org.birds/x", "'birds/x' is not", "org.example.birds_x"),
        ("kotlin.birds", "belong to the system", "org.example.birds"),
        ("java.birds", "belong to the system", "org.example.birds"),
        ("android.birds", "belong to the system", "org.example.birds"),
        ("a." + "b" * 150, "152 characters", "org.example." + "b" * 64),
        ("org." + "birds." * 60 + "class", "369 characters", "org.example.class_app"),
    ],
)
def test_invalid_package_id_is_rejected_with_a_proposal(package: str, said: str, proposal: str) -> None:
    """The message names the wrong part; the proposal is valid."""
    with pytest.raises(UsageError) as caught:
        app_ids.check_package(package)
    assert said in caught.value.message
    assert caught.value.hint == f"try --package {proposal}"
    assert app_ids.check_package(proposal) == proposal


@given(st.text(max_size=MAX_NAME))
def test_default_package_of_any_name_is_valid(name: str) -> None:
    package = app_ids.default_package(name)
    assert app_ids.check_package(package) == package


@pytest.mark.parametrize(
    "bundle_id",
    [
        "a.b",
        "org.example.birds",
        "com.Example.My-App",
        "7up.2-birds.3",
        "org.class.import",
        "a." + "b" * (app_ids.MAX_BUNDLE_ID - 2),
    ],
)
def test_bundle_id_of_a_valid_form_is_kept(bundle_id: str) -> None:
    """Apple allows capitals, hyphens, keywords and leading digits; Android does not."""
    assert app_ids.check_bundle_id(bundle_id) == bundle_id


@pytest.mark.parametrize(
    ("bundle_id", "said", "proposal"),
    [
        ("birds", "two parts or more", "org.example.birds"),
        ("", "is empty", "org.example.app"),
        ("...", "is empty", "org.example.app"),
        ("org..birds", "is empty", "org.example.birds"),
        ("org.birds.", "is empty", "org.example.app"),
        ("org.my_birds", "'my_birds' is not", "org.example.my-birds"),
        ("org.-birds-", "'-birds-' is not", "org.example.birds"),
        ("org.b rds", "'b rds' is not", "org.example.b-rds"),
        ("org.größe", "'größe' is not", "org.example.grosse"),
        ("org.Größe 犬", "'Größe 犬' is not", "org.example.grosse"),
        ("org.犬", "'犬' is not", "org.example.app"),
        ("org.birds\n", "'birds\\n' is not", "org.example.birds"),
        ("org.birds/x", "'birds/x' is not", "org.example.birds-x"),
        ("org.$(NAME)", "'$(NAME)' is not", "org.example.name"),
        ("a." + "b" * 254, "256 characters", "org.example." + "b" * 64),
        ("org." + "birds." * 60 + "last", "368 characters", "org.example.last"),
    ],
)
def test_invalid_bundle_id_is_rejected_with_a_proposal(bundle_id: str, said: str, proposal: str) -> None:
    """The message names the wrong part; the proposal is valid."""
    with pytest.raises(UsageError) as caught:
        app_ids.check_bundle_id(bundle_id)
    assert said in caught.value.message
    assert caught.value.hint == f"try --bundle-id {proposal}"
    assert app_ids.check_bundle_id(proposal) == proposal


@given(st.text(max_size=MAX_NAME))
@example("犬")
@example("Größe 犬 2")
def test_default_bundle_id_of_any_name_is_valid(name: str) -> None:
    bundle_id = app_ids.default_bundle_id(name)
    assert app_ids.check_bundle_id(bundle_id) == bundle_id
