"""Playback sessions: the server decides how long, from when and from where."""

from datetime import UTC, datetime, timedelta

import pytest

from matinee.domain.audit import network_of
from matinee.domain.ids import AssetId, SessionId
from matinee.domain.session import MAX_PREMIERE, Session, SessionPolicy, canonical_network
from matinee.domain.token import address_within
from matinee.errors import MatineeError

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
POLICY = SessionPolicy(default_ttl_seconds=60, max_ttl_seconds=600, session_seconds=3600)


def session(*, viewer: str = "viewer", bind_ip: str | None = None, starts_in: timedelta = timedelta()) -> Session:
    """A session of an hour with tokens of a minute."""
    return Session(
        id=SessionId("ses_0"),
        asset_id=AssetId("ast_0"),
        viewer=viewer,
        created_at=NOW,
        not_before=NOW + starts_in,
        ends_at=NOW + starts_in + timedelta(hours=1),
        ttl_seconds=60,
        bind_ip=bind_ip,
    )


@pytest.mark.parametrize(("asked", "given"), [(None, 60), (1, 1), (600, 600), (601, 600), (10**9, 600)])
def test_a_life_over_the_maximum_is_clamped(asked: int | None, given: int) -> None:
    assert POLICY.ttl_seconds(asked) == given


@pytest.mark.parametrize("asked", [0, -1])
def test_a_life_under_a_second_is_refused(asked: int) -> None:
    with pytest.raises(MatineeError, match="ttl_seconds"):
        POLICY.ttl_seconds(asked)


def test_a_token_never_outlives_its_session() -> None:
    assert session().token_expires_at(NOW + timedelta(minutes=59, seconds=30)) == NOW + timedelta(hours=1)


def test_a_premieres_token_lives_from_the_premiere_on() -> None:
    premiere = session(starts_in=timedelta(days=1))
    assert premiere.token_expires_at(NOW) == NOW + timedelta(days=1, seconds=60)


def test_a_premiere_in_the_past_is_now() -> None:
    assert POLICY.starts_at(NOW - timedelta(days=1), NOW) == NOW


@pytest.mark.parametrize("asked", [NOW + MAX_PREMIERE + timedelta(seconds=1), NOW.replace(tzinfo=None)])
def test_a_premiere_too_far_or_without_a_zone_is_refused(asked: datetime) -> None:
    with pytest.raises(MatineeError, match="not_before"):
        POLICY.starts_at(asked, NOW)


def test_keys_are_kept_for_renewal_as_long_as_any_session_may_be_renewed() -> None:
    latest_start = POLICY.starts_at(NOW + MAX_PREMIERE, NOW)
    assert POLICY.longest_session >= latest_start + timedelta(seconds=POLICY.session_seconds) - NOW


@pytest.mark.parametrize("bind_ip", ["", "203.0.113", "203.0.113.7/33", "localhost", "2001:db8::/129", "fe80::1%eth0"])
def test_only_addresses_and_prefixes_can_be_bound_to(bind_ip: str) -> None:
    with pytest.raises(MatineeError, match="bind_ip"):
        session(bind_ip=bind_ip)


@pytest.mark.parametrize("viewer", ["", "x" * 129, "a\nb"])
def test_a_viewer_has_a_name_that_can_be_shown(viewer: str) -> None:
    with pytest.raises(MatineeError, match="viewer"):
        session(viewer=viewer)


def test_revoking_twice_keeps_the_first_time() -> None:
    once = session().revoked(NOW)
    assert once.revoked(NOW + timedelta(hours=1)).revoked_at == NOW


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("203.0.113.7/24", "203.0.113.0/24"),
        ("203.0.113.0/255.255.255.0", "203.0.113.0/24"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("2001:db8::/048", "2001:db8::/48"),
    ],
)
def test_what_is_bound_to_is_spelled_as_the_gate_reads_it(written: str, read: str) -> None:
    assert canonical_network(written) == read
    assert address_within("203.0.113.7" if "." in read else "2001:db8::1", read)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/48"),
        ("", None),
        ("testclient", None),
        ("203.0.113.77:443", None),
    ],
)
def test_of_an_address_only_its_network_is_written_down(address: str, network: str | None) -> None:
    assert network_of(address) == network
