"""Errors in the words of the command."""

from __future__ import annotations

import pytest

from dicom_overlay.cli.words import reword


def said(code: str, message: str, **detail: str) -> str:
    return reword({"code": code, "message": message, "detail": {**detail}})["message"]


@pytest.mark.parametrize(
    "message, words",
    [
        ("the file cannot be written (ENOSPC)", "the file cannot be written (no space is left on the device)"),
        ("the file cannot be read (EACCES)", "the file cannot be read (permission denied)"),
        ("the file cannot be read (EIO)", "the file cannot be read (input/output error)"),
        ("the file cannot be read (EXYZ)", "the file cannot be read (EXYZ)"),
    ],
)
def test_names_of_the_systems_errors_become_words(message: str, words: str) -> None:
    assert said("file-access", message, reason="x") == words


def test_an_argument_at_the_beginning_becomes_its_option_and_no_other_word_does() -> None:
    assert said("invalid-plane", "label holds a label", field="label") == "--label holds a label"
    assert said("invalid-plane", 'overlay_type is "G"', field="overlay_type") == '--type is "G"'
    assert said("invalid-mask", "the label is not there", field="label") == "the label is not there (--label)"
    assert said("invalid-mask", "the mask has no --label", field="label") == "the mask has no --label"
    assert said("invalid-mask", "rows is an integer", field="rows") == "rows is an integer"


def test_a_cure_is_added_once() -> None:
    in_use = said("group-in-use", "overlay group 6000 is in use; say what happens to its plane (existing)")

    assert in_use.endswith("(--existing); leave --group out to take a free group, or give --existing replace-group")
    assert said("group-in-use", in_use) == in_use
