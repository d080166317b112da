"""The document of what is packaged just in time."""

from array import array
from collections.abc import Iterable
from itertools import accumulate, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.domain.places import Places, Run, places
from matinee.domain.source_index import IndexWriter, Piece, SourceIndex, clipped, size_of

SOURCE = bytes(range(256)) * 8
RUNS = st.lists(st.tuples(st.integers(0, 900), st.integers(1, 20)), max_size=4)
PIECES = st.lists(st.tuples(st.binary(max_size=5), RUNS), max_size=4)


@st.composite
def tracks(draw: st.DrawFn) -> Places:
    """Samples in chunks that lie anywhere, some of them behind each other."""
    held = draw(st.lists(st.integers(1, 4), min_size=1, max_size=12))
    sizes = draw(st.lists(st.integers(0, 9), min_size=sum(held), max_size=sum(held)))
    firsts, offsets, end = [*accumulate(held, initial=0)], [], 0
    for first, after in pairwise(firsts):
        offsets.append(draw(st.one_of(st.just(end), st.integers(0, 1500))))
        end = offsets[-1] + sum(sizes[first:after])
    groups = [k for k in range(len(held)) if not k or held[k] != held[k - 1] or draw(st.booleans())]
    chunks, counts = array("I", [k + 1 for k in groups]), array("I", [held[k] for k in groups])
    return places(array("I", sizes), array(draw(st.sampled_from("IQ")), offsets), chunks, counts)


@st.composite
def stretches(draw: st.DrawFn, track: Places) -> tuple[int, int]:
    """Some of its samples."""
    first = draw(st.integers(0, len(track.sizes) - 1))
    return first, draw(st.integers(first, len(track.sizes)))


def content(pieces: Iterable[Piece]) -> bytes:
    """What they are, over SOURCE."""
    return b"".join(p if isinstance(p, bytes) else SOURCE[p.offset : p.offset + p.length] for p in pieces)


def chunks(track: Places) -> list[tuple[int, int, int]]:
    """Where each chunk lies, its first sample, and the one after its last."""
    found, first = [], 0
    for k, offset in enumerate(track.offsets, start=1):
        held = track.held[max(g for g in range(len(track.chunks)) if track.chunks[g] <= k)]
        found.append((offset, first, first + held))
        first += held
    return found


def samples(track: Places, first: int, end: int) -> bytes:
    """The same for a stretch of a track, one sample after the other."""
    data = b""
    for offset, begin, after in chunks(track):
        for n in range(max(first, begin), min(end, after)):
            at = offset + sum(track.sizes[begin:n])
            data += SOURCE[at : at + track.sizes[n]]
    return data


@given(st.data())
def test_a_stretch_of_samples_is_found_wherever_it_lies(data: st.DataObject) -> None:
    track = data.draw(tracks())
    first, end = data.draw(stretches(track))
    runs = list(track.runs_of(first, end)) if end > first else []
    assert content(runs) == samples(track, first, end)
    assert track.size_of(first, end) == sum(run.length for run in runs)
    assert all(before.offset + before.length != after.offset for before, after in pairwise(runs))
    assert all(run.length for run in runs)


@given(st.data())
def test_a_track_without_its_beginning_is_the_same_samples(data: st.DataObject) -> None:
    track = data.draw(tracks())
    first, end = data.draw(stretches(track))
    skipped = data.draw(st.integers(0, first))
    later = track.without_first(skipped // 2).without_first(skipped - skipped // 2)
    assert later.size_of(first - skipped, end - skipped) == track.size_of(first, end)
    if end > first:
        assert list(later.runs_of(first - skipped, end - skipped)) == list(track.runs_of(first, end))


@given(tracks())
def test_samples_lie_in_a_file_when_the_last_of_them_ends_in_it(track: Places) -> None:
    end = max(offset + track.size_of(first, after) for offset, first, after in chunks(track))
    assert track.lie_below(end)
    assert not track.lie_below(end - 1)


@given(st.data())
def test_every_file_comes_back_as_it_was_added(data: st.DataObject) -> None:
    writer, expected = IndexWriter(), {}
    for n, track in enumerate(data.draw(st.lists(tracks(), min_size=1, max_size=3))):
        writer.add_track(track)
        for name in ("a", "b"):
            heads = data.draw(st.lists(st.binary(max_size=5), max_size=3))
            parts = [(head, *data.draw(stretches(track))) for head in heads]
            writer.add(f"{n}/{name}", parts)
            expected[f"{n}/{name}"] = b"".join(head + samples(track, first, end) for head, first, end in parts)
    index = SourceIndex.from_bytes(writer.index().of("sources/a/film", "tag").to_bytes())
    assert (index.source_key, index.source_etag) == ("sources/a/film", "tag")
    for file, wanted in expected.items():
        pieces = index.pieces(file)
        assert pieces is not None
        assert content(pieces) == wanted
        assert size_of(pieces) == len(wanted)
    assert index.pieces("r/none") is None


@given(PIECES, st.integers(0, 100), st.integers(0, 100))
def test_a_range_is_these_bytes_and_no_others(
    parts: list[tuple[bytes, list[tuple[int, int]]]], offset: int, count: int
) -> None:
    pieces: list[Piece] = []
    for head, runs in parts:
        pieces += [head, *(Run(at, length) for at, length in runs)]
    assert content(list(clipped(pieces, offset, count))) == content(pieces)[offset : offset + count]


@pytest.mark.parametrize("document", [b"", b"{}", b"MTNX\x10\0\0\0" + b'{"format": 99}  '])
def test_what_is_no_index_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match=r"index"):
        SourceIndex.from_bytes(document)
