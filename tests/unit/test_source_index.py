"""The document of what is packaged just in time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.domain.source_index import IndexWriter, Piece, Run, SourceIndex, clipped, size_of

SOURCE = bytes(range(256)) * 4
PARTS = st.lists(
    st.tuples(st.binary(max_size=5), st.lists(st.tuples(st.integers(0, 900), st.integers(1, 20)), max_size=4)),
    max_size=4,
)


def content(pieces: list[Piece]) -> bytes:
    """What they are, over SOURCE."""
    return b"".join(p if isinstance(p, bytes) else SOURCE[p.offset : p.offset + p.length] for p in pieces)


def expected(parts: list[tuple[bytes, list[tuple[int, int]]]]) -> bytes:
    """The same, straight from what was added."""
    return b"".join(head + b"".join(SOURCE[at : at + length] for at, length in runs) for head, runs in parts)


@given(st.lists(PARTS, min_size=1, max_size=5))
def test_every_file_comes_back_as_it_was_added(files: list[list[tuple[bytes, list[tuple[int, int]]]]]) -> None:
    writer = IndexWriter()
    for n, parts in enumerate(files):
        writer.add(f"r/{n}", parts)
    index = SourceIndex.from_bytes(writer.index().of("sources/a/film", "tag").to_bytes())
    assert (index.source_key, index.source_etag) == ("sources/a/film", "tag")
    for n, parts in enumerate(files):
        pieces = index.pieces(f"r/{n}")
        assert pieces is not None
        assert content(pieces) == expected(parts)
        assert size_of(pieces) == len(expected(parts))
    assert index.pieces("r/none") is None


@given(PARTS, st.integers(0, 100), st.integers(0, 100))
def test_a_range_is_these_bytes_and_no_others(
    parts: list[tuple[bytes, list[tuple[int, int]]]], offset: int, count: int
) -> None:
    pieces: list[Piece] = []
    for head, runs in parts:
        pieces += [head, *(Run(at, length) for at, length in runs)]
    assert content(list(clipped(pieces, offset, count))) == expected(parts)[offset : offset + count]


@pytest.mark.parametrize("document", [b"", b"{}", b"MTNX\x10\0\0\0" + b'{"format": 99}  '])
def test_what_is_no_index_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match=r"index"):
        SourceIndex.from_bytes(document)
