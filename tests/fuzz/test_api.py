"""Whatever is asked of the API is answered, and in its own words: no 5xx, no other shape than the document's."""

from pathlib import Path

import pytest

from tests.fuzz.api import asked_anything, operations
from tests.fuzz.world import World

EXAMPLES = 40  # of each; about 10 ms a request


@pytest.mark.parametrize("label", operations())
def test_whatever_is_asked_is_answered_in_the_apis_own_words(world: World, tmp_path: Path, label: str) -> None:
    assert asked_anything(world, label, tmp_path / "copy", EXAMPLES) >= 1


def test_every_operation_of_the_document_is_asked() -> None:
    assert len(operations()) > 40
