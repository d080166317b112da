"""How often one may ask: callers, addresses, guessers; what is paid for at once; who is not locked out."""

from collections.abc import Callable
from datetime import datetime

import pytest

from matinee.adapters.local.memory_meter import MemoryMeter
from matinee.domain.rate import Rate, neighbourhood, site
from matinee.errors import ErrorCode, MatineeError
from matinee.services.access import OWNER, Identity, TokenAccess
from matinee.services.doorkeeper import Doorkeeper
from matinee.services.throttle import CROWD, Origin, Throttle, ThrottlePolicy
from tests.contracts.children import in_threads
from tests.contracts.local_openers import ShiftedClock
from tests.contracts.samples import raises

HERE, THERE = Origin("192.0.2.1"), Origin("192.0.2.2")
TOKEN = "the right token of this server"


class CountedMeter(MemoryMeter):
    """A meter that says how often it was asked, and fails when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.away = False

    def take(self, name: str, count: int, rate: Rate, now: datetime) -> float:
        self.asked += 1
        if self.away:
            raise MatineeError(ErrorCode.CATALOG_UNAVAILABLE, "The table does not answer; try again.")
        return super().take(name, count, rate, now)


def refusal_of(act: Callable[[], object]) -> MatineeError | None:
    """Why not."""
    try:
        act()
    except MatineeError as error:
        return error
    return None


class Street:
    """A clock, a meter and a throttle."""

    def __init__(self, **policy: Rate | int) -> None:
        self.clock, self.meter = ShiftedClock(), CountedMeter()
        self.throttle = Throttle(self.meter, self.clock, ThrottlePolicy(**policy))  # type: ignore[arg-type]

    def passed(self, act: Callable[[], object], times: int) -> int:
        """How many of so many calls went through."""
        through = 0
        for _ in range(times):
            refused = refusal_of(act)
            through += refused is None
            assert refused is None or (refused.code is ErrorCode.TOO_MANY_REQUESTS and refused.retry_after_seconds)
        return through


def test_one_caller_too_many_is_told_how_long_to_wait_and_others_are_not() -> None:
    street = Street(caller=Rate(4, 60))
    assert street.passed(lambda: street.throttle.caller("ada"), 6) == 4
    with pytest.raises(MatineeError, match="send the next in 15 s") as refused:
        street.throttle.caller("ada")
    assert refused.value.retry_after_seconds == 15
    assert street.passed(lambda: street.throttle.caller("grace"), 6) == 4
    street.clock.let_pass(15)
    assert street.passed(lambda: street.throttle.caller("ada"), 2) == 1


def test_without_a_rate_nothing_is_counted() -> None:
    street = Street()
    assert street.passed(lambda: street.throttle.caller("ada"), 500) == 500
    assert street.passed(lambda: street.throttle.address(HERE), 500) == 500
    assert street.meter.asked == 0


def test_many_requests_are_paid_for_at_once_and_the_refused_cost_nothing() -> None:
    street = Street(caller=Rate(1000, 60), at_once=10)
    assert street.passed(lambda: street.throttle.caller("ada"), 1500) == pytest.approx(1000, abs=40)
    assert street.meter.asked <= 110  # a hundred, and one whenever the allowance had grown by ten meanwhile


def test_what_was_paid_for_is_lost_after_seconds() -> None:
    street = Street(caller=Rate(1000, 60), at_once=10)
    street.throttle.caller("ada")
    street.clock.let_pass(11)
    street.throttle.caller("ada")
    assert street.meter.asked == 2


def test_a_meter_that_fails_stops_nobody_but_guessers() -> None:
    street = Street(caller=Rate(1, 60), address=Rate(1, 60), tries=Rate(1, 60))
    street.meter.away = True
    assert street.passed(lambda: street.throttle.caller("ada"), 5) == 5
    assert street.passed(lambda: street.throttle.address(HERE), 5) == 5
    with raises(ErrorCode.CATALOG_UNAVAILABLE), street.throttle.trying("a link", HERE):
        pytest.fail("tried")


def test_made_up_addresses_gain_a_factor_and_take_nothing_from_their_owner() -> None:
    street = Street(address=Rate(5, 60))
    numbers = iter(range(1000))
    forged = street.passed(
        lambda: street.throttle.address(Origin(f"198.51.100.{next(numbers) % 250}", "203.0.113.9")), 200
    )
    assert forged == 5 * CROWD
    victim = Origin("192.0.2.7", "203.0.113.9")
    assert street.passed(lambda: street.throttle.address(victim), 5) == 0
    assert street.passed(lambda: street.throttle.address(Origin("192.0.2.7", "130.176.0.1")), 9) == 5


def test_a_crowd_that_is_refused_costs_no_more_writes_whoever_it_names() -> None:
    street = Street(address=Rate(5, 60))
    invented = (Origin(f"198.51.{number // 250}.{number % 250}", "203.0.113.9") for number in range(1000))
    assert street.passed(lambda: street.throttle.address(next(invented)), 5 * CROWD) == 5 * CROWD
    asked = street.meter.asked + 1  # for the crowd, and no more for whom it names
    assert street.passed(lambda: street.throttle.address(next(invented)), 1) == 0
    assert street.passed(lambda: street.throttle.address(next(invented)), 500) == 0
    assert street.meter.asked == asked


def test_one_viewer_who_is_refused_uses_up_nothing_of_the_crowd_s() -> None:
    street = Street(address=Rate(5, 60))
    noisy, quiet = Origin("192.0.2.1", "203.0.113.9"), Origin("192.0.2.2", "203.0.113.9")
    assert street.passed(lambda: street.throttle.address(noisy), 500) == 5
    assert street.passed(lambda: street.throttle.address(quiet), 5) == 5


@pytest.mark.parametrize("told_by", [None, "203.0.113.9"])
def test_an_owner_of_many_ipv6_networks_has_a_factor_of_guesses(told_by: str | None) -> None:
    street = Street(tries=Rate(3, 600))
    invented = iter(range(1000))

    def guess(site: str = "2001:db8:1") -> None:
        wrong_password(street, Origin(f"{site}:{next(invented):x}::1", told_by))

    assert street.passed(guess, 100) == 3 * CROWD
    assert street.passed(lambda: guess("2001:db8:2"), 1) == (told_by is None)


def test_an_owner_of_many_ipv6_networks_who_names_others_has_the_same() -> None:
    street = Street(tries=Rate(3, 600))
    invented = iter(range(1000))

    def guess() -> None:
        number = next(invented)
        wrong_password(street, Origin(f"198.51.100.{number % 250}", f"2001:db8:1:{number:x}::1"))

    assert street.passed(guess, 100) == 3 * CROWD


@pytest.mark.parametrize(
    ("address", "stands_for"),
    [("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"), ("192.0.2.1", None), ("::ffff:192.0.2.1", None), ("unix", None)],
)
def test_a_site_is_48_bits_of_ipv6(address: str, stands_for: str | None) -> None:
    assert site(address) == stands_for


@pytest.mark.parametrize(
    ("address", "stands_for"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix", "unix"),
        ("", ""),
        ("x" * 1000, "x" * 64),
    ],
)
def test_an_address_stands_for_its_neighbourhood(address: str, stands_for: str) -> None:
    assert neighbourhood(address) == stands_for


def wrong_password(street: Street, origin: Origin, what: str = "a link") -> None:
    """A guess."""

    def guess() -> None:
        with street.throttle.trying(what, origin):
            raise MatineeError(ErrorCode.SHARE_PASSWORD_WRONG, "That is not this link's password.")

    refused = refusal_of(guess)
    if refused is not None and refused.code is not ErrorCode.SHARE_PASSWORD_WRONG:
        raise refused


def test_wrong_tries_are_counted_by_what_is_tried_and_from_where_and_right_ones_are_not() -> None:
    street = Street(tries=Rate(3, 600))

    def right() -> None:
        with street.throttle.trying("a link", HERE):
            return

    assert street.passed(right, 50) == 50
    assert street.passed(lambda: wrong_password(street, HERE), 9) == 3
    assert street.passed(right, 1) == 0  # or a guesser would learn that it was right
    assert street.passed(lambda: wrong_password(street, HERE, "another link"), 9) == 3
    assert street.passed(lambda: wrong_password(street, THERE), 9) == 3
    street.clock.let_pass(200)
    assert street.passed(lambda: wrong_password(street, HERE), 9) == 1


def test_guesses_at_the_same_moment_are_no_more(tmp_path: object) -> None:
    street = Street(tries=Rate(3, 600))
    assert sum(in_threads(lambda _: street.passed(lambda: wrong_password(street, HERE), 1), range(12))) == 3


def test_who_is_refused_because_others_try_just_now_may_when_they_were_right() -> None:
    street = Street(tries=Rate(1, 600))
    with street.throttle.trying("a link", HERE), raises(ErrorCode.TOO_MANY_REQUESTS):
        street.throttle.trying("a link", HERE).__enter__()
    with street.throttle.trying("a link", HERE):
        pass


class House:
    """A server's door, with one right token."""

    def __init__(self) -> None:
        self.street = Street(tries=Rate(3, 600))
        self.door, self.access = Doorkeeper(self.street.throttle), TokenAccess(TOKEN)

    def sign_in(self, token: str, origin: Origin = HERE) -> Identity | ErrorCode:
        """Who it is, or why not."""
        try:
            return self.door.let_in(token, lambda: self.access.by_token(token), origin)
        except MatineeError as error:
            return error.code


def test_a_token_is_guessed_a_few_times_and_then_not_looked_at() -> None:
    house = House()
    assert [house.sign_in(f"guess {number}") for number in range(3)] == [ErrorCode.CREDENTIAL_INVALID] * 3
    assert house.sign_in("guess 4") is ErrorCode.TOO_MANY_REQUESTS
    assert house.sign_in(TOKEN) is ErrorCode.TOO_MANY_REQUESTS
    assert house.sign_in(TOKEN, THERE) == OWNER


def test_a_forgotten_tab_with_an_old_credential_locks_nobody_out() -> None:
    house = House()
    assert {house.sign_in("the token of last year") for _ in range(100)} == {ErrorCode.CREDENTIAL_INVALID}
    assert house.sign_in(TOKEN) == OWNER


def test_who_was_let_in_before_is_let_in_beside_a_guesser() -> None:
    house = House()
    assert house.sign_in(TOKEN) == OWNER
    for number in range(9):
        house.sign_in(f"guess {number}")
    assert house.sign_in("guess 10") is ErrorCode.TOO_MANY_REQUESTS
    assert house.sign_in(TOKEN) == OWNER


def test_right_tokens_use_nothing_up() -> None:
    house = House()
    for number in range(2):
        house.sign_in(f"guess {number}")
    assert house.sign_in(TOKEN) == OWNER
    assert house.sign_in("guess 3") is ErrorCode.CREDENTIAL_INVALID
    assert house.sign_in("guess 4") is ErrorCode.TOO_MANY_REQUESTS
