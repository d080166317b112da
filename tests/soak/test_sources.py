"""Two hundred sources nobody wrote down: the long form of `media/test_any_source.py`, another set every time."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.media.test_any_source import Made, covered_once, file_of, shown_once, sources
from tests.media.test_chunks import SHORT
from tests.media.tools import stream_of

EXAMPLES = 200


@pytest.mark.soak
@pytest.mark.timeout(1800)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sources())
def test_every_picture_of_any_source_comes_out_once(made: Made) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        stream = stream_of(file_of(made, folder), folder, SHORT)
        covered_once(stream.plan)
        shown_once(made, stream)
