"""Keys and revocations on AWS held to their contracts, against the emulator. What only AWS can get wrong is below."""

import logging
from collections.abc import Callable
from functools import partial

import pytest

from matinee.adapters.aws.edge_revocations import SPARE_BYTES, EdgeRevocations
from matinee.adapters.aws.edge_store import MAX_STORE_BYTES, EdgeStore
from matinee.adapters.aws.secret_keys import REMEMBER_SECONDS, SETTLE_SECONDS, Pace, SecretKeys
from matinee.domain.edge_store import KEYS_ENTRY, keys_value, revocation_key
from matinee.domain.ids import SessionId
from matinee.domain.leniency import STRICT, Leniency
from matinee.domain.token import SigningKey
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.keys import Keys
from matinee.ports.revocations import Revocations
from tests.contracts.aws_openers import (
    NO_WAIT,
    open_dynamodb_revocations,
    open_edge_revocations,
    open_edge_store,
    open_secret_keys,
)
from tests.contracts.children import in_threads
from tests.contracts.emulator import Emulator
from tests.contracts.keys import KeysContract
from tests.contracts.local_openers import ShiftedClock
from tests.contracts.revocations import RevocationsContract
from tests.contracts.samples import NOON, asset_id, later, raises, session_id


class TestSecretKeys(KeysContract):
    """Keys in a secret, opened with no memory."""

    @pytest.fixture
    def open_keys(self, emulator: Emulator) -> Callable[[], Keys]:
        return partial(open_secret_keys, emulator.adapter, emulator.new_secret(), emulator.new_key_value_store())


class TestEdgeRevocations(RevocationsContract):
    """Revocations in a table and at the gate."""

    @pytest.fixture
    def open_revocations(self, emulator: Emulator) -> Callable[[], Revocations]:
        return partial(open_edge_revocations, emulator.adapter, emulator.new_table(), emulator.new_key_value_store())


class PowerCutError(Exception):
    """What ends a rotation in the middle."""


class TestRotation:
    """What a rotation does to the gate and to minters that remember."""

    @pytest.fixture(autouse=True)
    def deployment(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.secret, self.store = emulator.new_secret(), emulator.new_key_value_store()
        self.edge = open_edge_store(emulator.adapter, self.store)
        self.clock = ShiftedClock()

    def keys(self, pace: Pace = NO_WAIT, leniency: Leniency = STRICT) -> SecretKeys:
        return open_secret_keys(self.emulator.adapter, self.secret, self.store, pace, leniency)

    def rotating(self, pause: Callable[[float], None]) -> SecretKeys:
        """Keys whose rotation calls `pause` when the edge was told and nobody signs with the new key yet."""
        return self.keys(Pace(pause=pause))

    def rotate(self, keys: SecretKeys) -> SigningKey:
        return keys.rotate(now=NOON, keep_for_renewal_until=later(60))

    def told(self) -> str | None:
        return self.edge.get(KEYS_ENTRY)

    def test_the_gate_knows_both_keys_that_verify_the_newest_first(self) -> None:
        keys = self.keys()
        first = self.rotate(keys)
        assert self.told() == keys_value({first.kid: first.secret})
        second, third = self.rotate(keys), self.rotate(keys)
        assert self.told() == keys_value({third.kid: third.secret, second.kid: second.secret})

    def test_a_key_signs_only_after_the_gate_has_had_it_for_a_while(self) -> None:
        before = self.rotate(self.keys())
        paused: list[float] = []

        def pause(seconds: float) -> None:
            paused.append(seconds)
            others = self.keys()
            assert others.signing_key() == before
            (new,) = set(others.verification_keys()) - {before.kid}
            assert new in others.renewal_keys()
            assert self.told() == keys_value(others.verification_keys())

        after = self.rotate(self.rotating(pause))
        assert paused == [SETTLE_SECONDS]
        assert self.keys().signing_key() == after != before

    def test_the_gate_hears_how_lenient_it_is_and_when_that_is_over(self) -> None:
        lenient = self.keys(leniency=Leniency(log_only=True, public=frozenset({asset_id("trailer")})))
        lenient.tell_edge()
        assert not self.told()
        key = self.rotate(lenient)
        assert self.told() == f"{keys_value({key.kid: key.secret})} log {asset_id('trailer')}"
        self.keys().tell_edge()
        assert self.told() == keys_value({key.kid: key.secret})

    def test_the_first_key_waits_for_nobody(self) -> None:
        def pause(_: float) -> None:
            raise AssertionError

        self.rotate(self.rotating(pause))

    def test_no_minter_remembers_longer_than_a_rotation_waits(self) -> None:
        assert REMEMBER_SECONDS <= SETTLE_SECONDS

    def test_a_minter_asks_once_a_minute(self) -> None:
        keys = self.keys(Pace())
        keys._clock = self.clock
        with raises(ErrorCode.GATE_NOT_READY):
            keys.signing_key()
        first = self.rotate(self.keys())
        assert keys.signing_key() == first, "the first key is seen at once"
        second = self.rotate(self.keys())
        assert keys.signing_key() == first
        self.clock.let_pass(61)
        assert keys.signing_key() == second

    def test_whoever_rotates_signs_with_the_new_key_at_once(self) -> None:
        keys = self.keys(Pace(settle_seconds=0))
        assert self.rotate(keys) == keys.signing_key()
        assert self.rotate(keys) == keys.signing_key()

    def test_a_rotation_that_died_is_finished_by_the_next_with_its_key(self) -> None:
        def die(_: float) -> None:
            raise PowerCutError

        before = self.rotate(self.keys())
        with pytest.raises(PowerCutError):
            self.rotate(self.rotating(die))
        left = self.keys()
        assert left.signing_key() == before
        (pending,) = set(left.renewal_keys()) - {before.kid}
        assert self.rotate(self.keys()).kid == pending
        assert set(self.keys().renewal_keys()) == {pending, before.kid}

    def test_a_rotation_that_died_before_the_gate_heard_of_it_is_finished_too(self) -> None:
        keys = self.keys()
        before = self.rotate(keys)
        key, first = keys._pending_key(lambda _: None)
        assert (first, self.told()) == (False, keys_value({before.kid: before.secret}))
        assert self.rotate(self.keys()) == key
        assert self.told() == keys_value({key.kid: key.secret, before.kid: before.secret})

    def test_a_leak_in_the_middle_of_a_rotation_ends_every_other_key(self) -> None:
        self.rotate(self.keys())
        made: list[SigningKey] = []

        def leak(_: float) -> None:
            made.append(self.keys().replace_all())

        self.rotate(self.rotating(leak))
        (fresh,) = made
        assert self.keys().signing_key() == fresh
        assert dict(self.keys().renewal_keys()) == {fresh.kid: fresh.secret}
        assert self.told() == keys_value({fresh.kid: fresh.secret})

    def test_revoking_and_rotating_at_once_loses_neither(self) -> None:
        keys = self.keys()
        self.rotate(keys)
        revocations = open_edge_revocations(self.emulator.adapter, self.emulator.new_table(), self.store)

        def work(number: int) -> None:
            if number == 0:
                self.rotate(keys)
            else:
                revocations.revoke(session_id(number), until=later(60))

        in_threads(work, range(8))
        assert self.told() == keys_value(self.keys().verification_keys())
        assert all(self.edge.get(revocation_key(session_id(number))) for number in range(1, 8))

    def test_a_damaged_secret_is_told_and_never_overwritten(self) -> None:
        client = self.emulator.root.session().client("secretsmanager", endpoint_url=self.emulator.root.url)
        for text in ("x", "{}", "[]", '{"keys": [{"kid": "k", "secret": "c2hvcnQ=", "renew_until": null}]}'):
            client.put_secret_value(SecretId=self.secret, SecretString=text)
            for call in (self.keys().signing_key, lambda: self.rotate(self.keys()), self.keys().replace_all):
                with raises(ErrorCode.SETTING_INVALID):
                    call()
            assert client.get_secret_value(SecretId=self.secret)["SecretString"] == text

    def test_no_log_and_no_error_holds_a_secret(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG, "matinee"):
            keys = self.keys()
            made = [self.rotate(keys), self.rotate(keys), keys.replace_all()]
            nobody = open_secret_keys(self.emulator.adapter, self.secret + "x", self.store + "x")
            with pytest.raises(MatineeError) as caught:
                self.rotate(nobody)
        assert [record.kid for record in caplog.records] == [key.kid for key in made]  # type: ignore[attr-defined] # from `extra`
        said = "".join(str(vars(record)) for record in caplog.records) + str(caught.value) + repr(keys)
        for key in made:
            assert key.secret.hex() not in said
            assert repr(key.secret) not in said


class TestFullStore:
    """A KeyValueStore holds 5 MB; the emulator would take more, so the adapter must know by itself."""

    @pytest.fixture
    def store(self, emulator: Emulator) -> str:
        """A store with room for a few entries more."""
        arn = emulator.new_key_value_store()
        client = open_edge_store(emulator.root, arn)._client
        left = MAX_STORE_BYTES - SPARE_BYTES - 3 * 36
        seen = client.describe_key_value_store(KvsARN=arn)
        puts = [{"Key": f"r/full_{number:04}", "Value": "1".ljust(1000, "0")} for number in range(left // 1011)]
        client.update_keys(KvsARN=arn, IfMatch=seen["ETag"], Puts=puts)  # type: ignore[arg-type] # plain dicts are what it takes
        return arn

    @pytest.fixture
    def table(self, emulator: Emulator) -> str:
        return emulator.new_table()

    @staticmethod
    def fill(revocations: EdgeRevocations) -> SessionId:
        """Revoke until the store is full; the session that did not fit."""
        for number in range(100):
            try:
                revocations.revoke(session_id(number), until=later(60))
            except MatineeError as error:
                if error.code is ErrorCode.STORE_FULL and "matinee keys rotate --leaked" in error.detail:
                    return session_id(number)
                raise
        raise AssertionError

    def test_it_is_told_and_renewals_are_refused_all_the_same(self, emulator: Emulator, store: str, table: str) -> None:
        left_out = self.fill(open_edge_revocations(emulator.adapter, table, store))
        assert open_edge_store(emulator.adapter, store).get(revocation_key(left_out)) is None
        assert open_dynamodb_revocations(emulator.adapter, table).is_revoked(left_out)

    def test_a_sweep_makes_room_again(self, emulator: Emulator, store: str, table: str) -> None:
        revocations = open_edge_revocations(emulator.adapter, table, store)
        left_out = self.fill(revocations)
        edge = open_edge_store(emulator.adapter, store)
        edge.sweep(lambda key, _: key.startswith("r/full_00"))
        revocations.revoke(left_out, until=later(60))
        assert edge.get(revocation_key(left_out)) == str(int(later(60).timestamp()) + 1)

    def test_keys_are_rotated_in_a_full_store(self, emulator: Emulator, store: str, table: str) -> None:
        self.fill(open_edge_revocations(emulator.adapter, table, store))
        keys = open_secret_keys(emulator.adapter, emulator.new_secret(), store)
        for _ in range(3):
            keys.rotate(now=NOON, keep_for_renewal_until=NOON)
        assert open_edge_store(emulator.adapter, store).get(KEYS_ENTRY) == keys_value(keys.verification_keys())


def test_a_sweep_leaves_the_keys_and_what_has_not_ended(emulator: Emulator) -> None:
    store = emulator.new_key_value_store()
    revocations = open_edge_revocations(emulator.adapter, emulator.new_table(), store)
    open_secret_keys(emulator.adapter, emulator.new_secret(), store).rotate(now=NOON, keep_for_renewal_until=NOON)
    for number in range(120):  # more than a page and a batch
        revocations.revoke(session_id(number), until=later(number))
    assert revocations.sweep(later(100)) == 100
    edge: EdgeStore = open_edge_store(emulator.adapter, store)
    assert edge.get(KEYS_ENTRY)
    assert edge.get(revocation_key(session_id(98))) is None
    assert edge.get(revocation_key(session_id(110)))


def test_a_store_that_is_not_there_is_told(emulator: Emulator) -> None:
    edge = open_edge_store(emulator.adapter, emulator.new_key_value_store() + "x")
    with raises(ErrorCode.EDGE_UNAVAILABLE):
        edge.get(KEYS_ENTRY)
    with raises(ErrorCode.EDGE_UNAVAILABLE):
        edge.put(KEYS_ENTRY, lambda: "x")
