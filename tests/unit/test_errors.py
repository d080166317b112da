"""The error table is whole: every code has its row, and every row makes sense to HTTP and to a shell."""

import pytest

from matinee.errors import KINDS, ErrorCode, MatineeError


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_code_has_its_row(code: ErrorCode) -> None:
    kind = MatineeError(code, "what happened").kind
    assert 400 <= kind.status < 600
    assert kind.exit_code in {1, 3, 4, 5, 6, 7, 8}
    assert kind.title


def test_nothing_is_in_the_table_twice() -> None:
    assert set(KINDS) == set(ErrorCode)
    assert len({code.value for code in ErrorCode}) == len(ErrorCode)
