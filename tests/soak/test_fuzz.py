"""Ten minutes of what nobody thought of: the long form of `tests/fuzz`, something else every time.

Half of the time the API is asked, half of it readers read. What fails names its seed: `asked_anything(…, number=seed)`.
"""

import secrets
import time
from itertools import count
from pathlib import Path

import pytest
from hypothesis import Phase, given, seed, settings

from tests.fuzz.api import ANYTHING, asked_anything, operations
from tests.fuzz.parsers import parsers
from tests.fuzz.world import World

SECONDS = 300
EXAMPLES = 100  # of each, a round; then the next round, with other seeds


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_whatever_is_asked_is_answered(world: World, tmp_path: Path) -> None:
    ends, asked, first = time.monotonic() + SECONDS, 0, secrets.randbelow(10**9)
    for number in count(first):
        for at, label in enumerate(operations()):
            if time.monotonic() > ends:
                print(f"{asked} requests, seeds {first} to {number}")
                return
            print(f"{label}, seed {number}")
            asked += asked_anything(world, label, tmp_path / f"{number}-{at}", EXAMPLES, number)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_whatever_is_read_is_read_or_refused(world: World) -> None:
    ends, tried, first = time.monotonic() + SECONDS, 0, secrets.randbelow(10**9)
    readers = parsers(world)
    for number in count(first):
        for name, parser in readers.items():
            if time.monotonic() > ends:
                print(f"about {tried} texts, seeds {first} to {number}")
                return
            print(f"{name}, seed {number}")
            phases = [Phase.generate, Phase.shrink]
            often = settings(ANYTHING, max_examples=5 * EXAMPLES, phases=phases)
            often(seed(number)(given(parser.drawn)(parser.tried)))()
            tried += 5 * EXAMPLES
