"""Labels as parts of file names: none is lost, and none takes another one's place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dicom_overlay.masks.titles import label_of_title, titles_of_labels

LABELS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64)


@given(st.lists(LABELS, unique=True, max_size=16))
def test_each_label_has_a_name_of_its_own_that_gives_it_back(labels: list[str]) -> None:
    titles = titles_of_labels(labels)

    assert len({title.casefold() for title in titles}) == len(labels)
    assert [label_of_title(title) for title in titles] == labels
    assert not {c for title in titles for c in title} & set('<>:"/\\|?*-\0\n')


@pytest.mark.parametrize(
    "labels, titles",
    [
        (["Left lung", "Größe"], ["Left lung", "Größe"]),
        (["Lesion-2", "Lesion"], ["Lesion%2D2", "Lesion"]),
        (["a/b", "A/B", "a:b"], ["a%2Fb", "%41%2FB", "a%3Ab"]),
        (["00002", "..", "100%"], ["%300002", "%2E%2E", "100%25"]),
        (["same", "same"], ["same", "same_2"]),
    ],
)
def test_names_are_coded_where_they_have_to_be(labels: list[str], titles: list[str]) -> None:
    assert titles_of_labels(labels) == titles


@pytest.mark.parametrize("title", ["100%", "50%AF", "plain name", "a%zz"])
def test_a_name_without_a_code_is_taken_as_it_is(title: str) -> None:
    assert label_of_title(title) == title
