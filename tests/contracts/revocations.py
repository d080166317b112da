"""What every `Revocations` must do. Give `open_revocations`: a call that opens the same, at first none."""

from collections.abc import Callable
from pathlib import Path

import pytest

from matinee.domain.ids import SessionId
from matinee.ports.revocations import Revocations
from tests.contracts.children import in_threads
from tests.contracts.samples import NOON, later, session_id


class RevocationsContract:
    """The obligations of `ports.revocations`."""

    @pytest.fixture
    def open_revocations(self, tmp_path: Path) -> Callable[[], Revocations]:
        """Opens the revocations under test."""
        raise NotImplementedError

    @pytest.fixture
    def revocations(self, open_revocations: Callable[[], Revocations]) -> Revocations:
        """The revocations under test."""
        return open_revocations()

    def test_a_session_is_refused_once_it_is_revoked(self, revocations: Revocations) -> None:
        assert not revocations.is_revoked(session_id("a"))
        revocations.revoke(session_id("a"), until=later(60))
        assert revocations.is_revoked(session_id("a"))
        assert not revocations.is_revoked(session_id("b"))

    def test_an_id_is_taken_exactly(self, revocations: Revocations) -> None:
        revocations.revoke(SessionId("ses_abc"), until=later(60))
        for other in ("ses_ab", "ses_abcd", "SES_ABC", "ses_ab%", ""):
            assert not revocations.is_revoked(SessionId(other))

    def test_other_processes_refuse_it_at_once(self, open_revocations: Callable[[], Revocations]) -> None:
        first, second = open_revocations(), open_revocations()
        assert not second.is_revoked(session_id("a"))
        first.revoke(session_id("a"), until=later(60))
        assert second.is_revoked(session_id("a"))

    def test_revoking_twice_is_once_and_never_shortens(self, revocations: Revocations) -> None:
        revocations.revoke(session_id("a"), until=later(60))
        revocations.revoke(session_id("a"), until=later(10))
        assert revocations.sweep(later(30)) == 0
        assert revocations.is_revoked(session_id("a"))

    def test_a_sweep_drops_what_ended_before_and_nothing_else(self, revocations: Revocations) -> None:
        for name, seconds in (("a", 10), ("b", 20), ("c", 30)):
            revocations.revoke(session_id(name), until=later(seconds))
        assert revocations.sweep(later(20)) == 1
        assert [revocations.is_revoked(session_id(name)) for name in "abc"] == [False, True, True]
        assert revocations.sweep(NOON) == 0

    def test_many_threads_may_revoke_and_ask_at_once(self, revocations: Revocations) -> None:
        def work(number: int) -> bool:
            revocations.revoke(session_id(number), until=later(60))
            return revocations.is_revoked(session_id(number))

        assert all(in_threads(work, range(16)))
