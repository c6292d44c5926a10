"""The tests' own tokenizer is right before it judges: on every file it finds pydicom's top-level tags."""

from __future__ import annotations

import itertools
import warnings
from pathlib import Path

import pydicom
import pytest

from corpus import REFUSED, CorpusFile, corpus
from dicom_overlay import OverlayError
from element_diff import tokens

_READABLE = [file for file in corpus() if file.name not in REFUSED]


@pytest.mark.parametrize("file", _READABLE, ids=str)
def test_the_tokenizer_finds_the_top_level_tags_that_pydicom_finds(file: CorpusFile) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set = pydicom.dcmread(file.path, force=True)
        expected = sorted({int(tag) for tag in (*data_set.file_meta.keys(), *data_set.keys())})
    found = tokens(file.path.read_bytes())
    assert sorted({token.tag for token in found.elements}) == expected


@pytest.mark.parametrize("file", _READABLE, ids=str)
def test_the_tokens_leave_no_gap_between_them(file: CorpusFile) -> None:
    found = tokens(file.path.read_bytes())
    elements = found.elements
    assert elements[0].start in {0, 132}
    assert all(a.end == b.start for a, b in itertools.pairwise(elements))
    assert elements[-1].end == found.end <= found.size


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_the_tokenizer_refuses_what_no_tool_reads_to_the_end(name: str) -> None:
    file = next(file for file in corpus() if file.name == name)
    with pytest.raises(OverlayError) as caught:
        tokens(Path(file.path).read_bytes())
    assert caught.value.code == REFUSED[name][0]
