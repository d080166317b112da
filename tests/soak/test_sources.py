"""Two hundred sources nobody wrote down: the long form of `media/test_any_source.py`, another set every time."""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.media.test_any_source import Made, comes_out_once, sources

EXAMPLES = 200


@pytest.mark.soak
@pytest.mark.timeout(1800)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(sources())
def test_every_picture_of_any_source_comes_out_once(made: Made) -> None:
    comes_out_once(made)
