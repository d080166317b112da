"""What every `Keys` must do. Give `open_keys`: a picklable call that opens the same keys, at first none."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from matinee.errors import ErrorCode
from matinee.ports.keys import Keys
from tests.contracts.children import in_processes, rotate
from tests.contracts.samples import NOON, later, raises

HOUR = timedelta(hours=1)


class KeysContract:
    """The obligations of `ports.keys`."""

    @pytest.fixture
    def open_keys(self, tmp_path: Path) -> Callable[[], Keys]:
        """Opens the keys under test; picklable."""
        raise NotImplementedError

    @pytest.fixture
    def keys(self, open_keys: Callable[[], Keys]) -> Keys:
        """The keys under test."""
        return open_keys()

    def test_before_the_first_there_is_none(self, keys: Keys) -> None:
        with raises(ErrorCode.GATE_NOT_READY):
            keys.signing_key()
        assert dict(keys.verification_keys()) == {}
        assert dict(keys.renewal_keys()) == {}

    def test_a_new_key_signs_verifies_and_renews(self, keys: Keys) -> None:
        key = keys.rotate(now=NOON, keep_for_renewal_until=later(60))
        assert keys.signing_key() == key
        assert dict(keys.verification_keys()) == {key.kid: key.secret}
        assert dict(keys.renewal_keys()) == {key.kid: key.secret}

    def test_a_key_has_a_name_tokens_may_carry_and_32_bytes_nobody_knows(self, keys: Keys) -> None:
        made = [keys.rotate(now=NOON, keep_for_renewal_until=NOON) for _ in range(5)]
        assert all(key.kid.startswith("key_") and len(key.kid) <= 64 and len(key.secret) == 32 for key in made)
        assert len({key.kid for key in made}) == len({key.secret for key in made}) == 5

    def test_a_secret_is_never_in_a_text(self, keys: Keys) -> None:
        key = keys.rotate(now=NOON, keep_for_renewal_until=NOON)
        assert repr(key.secret) not in repr(key) + repr(keys)

    def test_the_key_before_still_verifies_and_the_one_before_that_does_not(self, keys: Keys) -> None:
        first, second, third = (keys.rotate(now=NOON, keep_for_renewal_until=later(60)) for _ in range(3))
        assert keys.signing_key() == third
        assert dict(keys.verification_keys()) == {key.kid: key.secret for key in (second, third)}
        assert dict(keys.renewal_keys()) == {key.kid: key.secret for key in (first, second, third)}

    def test_after_a_leak_nothing_signed_before_is_accepted(self, keys: Keys) -> None:
        for _ in range(3):
            keys.rotate(now=NOON, keep_for_renewal_until=later(60))
        fresh = keys.replace_all()
        assert keys.signing_key() == fresh
        assert dict(keys.verification_keys()) == dict(keys.renewal_keys()) == {fresh.kid: fresh.secret}

    def test_a_retired_key_renews_until_its_last_session_ended(self, keys: Keys) -> None:
        first = keys.rotate(now=NOON, keep_for_renewal_until=NOON)
        keys.rotate(now=later(10), keep_for_renewal_until=later(100))  # `first` stops signing now
        keys.rotate(now=later(20), keep_for_renewal_until=later(200))
        keys.rotate(now=later(99), keep_for_renewal_until=later(300))
        assert first.kid in keys.renewal_keys()
        keys.rotate(now=later(101), keep_for_renewal_until=later(300))
        assert first.kid not in keys.renewal_keys()

    def test_two_keys_verify_at_any_time_whatever_their_dates(self, keys: Keys) -> None:
        keys.rotate(now=NOON, keep_for_renewal_until=NOON)
        before = keys.rotate(now=later(1000), keep_for_renewal_until=later(1000))
        new = keys.rotate(now=later(9000), keep_for_renewal_until=later(1000))
        assert set(keys.verification_keys()) == {before.kid, new.kid}

    def test_a_key_is_not_pushed_out_while_tokens_it_signed_may_live(self, keys: Keys) -> None:
        first = keys.rotate(now=NOON, keep_for_renewal_until=later(1000), longest_token=HOUR)  # a session: 1000 s
        second = keys.rotate(now=later(10), keep_for_renewal_until=later(1010), longest_token=HOUR)
        with raises(ErrorCode.KEYS_IN_USE):
            keys.rotate(now=later(3609), keep_for_renewal_until=later(4609), longest_token=HOUR)
        assert set(keys.verification_keys()) == {first.kid, second.kid}
        assert keys.signing_key() == second
        third = keys.rotate(now=later(3610), keep_for_renewal_until=later(4610), longest_token=HOUR)
        assert set(keys.verification_keys()) == {second.kid, third.kid}
        fourth = keys.rotate(now=later(3611), keep_for_renewal_until=later(4611))  # by force
        assert set(keys.verification_keys()) == {third.kid, fourth.kid}

    def test_another_process_sees_a_rotation(self, open_keys: Callable[[], Keys], keys: Keys) -> None:
        other = open_keys()
        for _ in range(5):
            key = keys.rotate(now=NOON, keep_for_renewal_until=later(60))
            assert other.signing_key() == key
            assert key.kid in other.verification_keys()

    def test_processes_that_rotate_at_once_lose_no_key(
        self, open_keys: Callable[[], Keys], keys: Keys, pool: ProcessPoolExecutor
    ) -> None:
        made = in_processes(pool, rotate, [(open_keys, NOON, 5)] * 4)
        assert set(keys.renewal_keys()) == {kid for kids in made for kid in kids}
        assert keys.signing_key().kid in {kids[-1] for kids in made}
