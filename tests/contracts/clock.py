"""What every `Clock` and every `Entropy` must do."""

from datetime import UTC, datetime, timedelta

import pytest

from matinee.ports.clock import Clock, Entropy


class ClockContract:
    """The obligations of `Clock`."""

    @pytest.fixture
    def clock(self) -> Clock:
        """The clock under test."""
        raise NotImplementedError

    def test_the_time_is_now_in_utc(self, clock: Clock) -> None:
        assert clock.now().tzinfo is UTC
        assert abs(datetime.now(UTC) - clock.now()) < timedelta(seconds=5)

    def test_time_goes_on(self, clock: Clock) -> None:
        first = clock.now()
        while clock.now() == first:
            pass
        assert clock.now() > first


class EntropyContract:
    """The obligations of `Entropy`."""

    @pytest.fixture
    def entropy(self) -> Entropy:
        """The source under test."""
        raise NotImplementedError

    @pytest.mark.parametrize("count", [0, 1, 13, 32, 1000])
    def test_it_gives_as_many_bytes_as_asked_for(self, entropy: Entropy, count: int) -> None:
        assert len(entropy.token_bytes(count)) == count

    def test_no_two_answers_are_alike(self, entropy: Entropy) -> None:
        assert len({entropy.token_bytes(16) for _ in range(1000)}) == 1000
