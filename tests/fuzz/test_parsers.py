"""Whatever a stranger writes is read, or refused in the reader's own way."""

import pytest
from hypothesis import Phase, given, settings

from tests.fuzz.api import ANYTHING
from tests.fuzz.parsers import Parser, parsers
from tests.fuzz.world import World

EXAMPLES = 150  # of each
NAMES = (
    "playback tokens", "media paths", "captions", "playlists", "MP4 boxes", "indexes", "init segments", "probe output",
    "packet listings", "webhook addresses", "settings", "sites of share links", "share links", "chapters",
    "storyboards", "ranges", "bare links", "signed links", "cursors", "addresses", "languages", "keys", "pictures",
    "JSON",
)  # fmt: skip


@pytest.fixture(scope="module")
def readers(world: World) -> dict[str, Parser]:
    """Everything that reads what a stranger wrote."""
    return parsers(world)


@pytest.mark.parametrize("name", NAMES)
def test_what_a_stranger_writes_is_read_or_refused(readers: dict[str, Parser], name: str) -> None:
    parser = readers[name]
    once = settings(ANYTHING, max_examples=EXAMPLES, derandomize=True, phases=[Phase.generate, Phase.shrink])
    once(given(parser.drawn)(parser.tried))()


def test_every_reader_is_tried(readers: dict[str, Parser]) -> None:
    assert set(readers) == set(NAMES)
