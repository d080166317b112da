"""What films cost, which wait for a person, and how those go on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matinee.adapters.local.file_store import FileStore
from matinee.adapters.local.links import LinkSigner
from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_catalog import SqliteCatalog
from matinee.adapters.local.sqlite_ledger import SqliteLedger
from matinee.adapters.local.sqlite_queue import SqliteQueue
from matinee.adapters.local.system_clock import SystemEntropy
from matinee.domain.asset import Asset, Kind, MediaFacts, Status
from matinee.domain.chunks import plan
from matinee.domain.estimate import whole_cpu_seconds
from matinee.domain.ids import AssetId
from matinee.domain.media import MediaSettings, Probe
from matinee.domain.run import Run, RunState
from matinee.domain.spending import Allowance, Shape, film_cost, wanted
from matinee.errors import ErrorCode, MatineeError
from matinee.services.runs import Runs
from matinee.services.spending import Spending
from tests.hand import Hand
from tests.unit.test_estimate import full_hd
from tests.unit.test_ladder import SETTINGS

MINUTE_FILM = full_hd(60 * 30)
LENGTH = MINUTE_FILM.duration_seconds


class Room:
    """A deployment with limits, over real local adapters."""

    def __init__(self, root: Path, allowance: Allowance) -> None:
        self.clock, self.allowance = Hand(), allowance
        self.store = FileStore(root, LinkSigner(b"k" * 32, lambda: "", self.clock), SystemEntropy())
        database = Database(root / "matinee.db")
        self.catalog, self.queue, self.ledger = SqliteCatalog(database), SqliteQueue(database), SqliteLedger(database)
        self.runs = Runs(self.store, self.catalog, self.queue, self.clock)

    @property
    def spending(self) -> Spending:
        """What a process of that allowance asks."""
        return Spending(self.catalog, self.ledger, self.clock, self.allowance, SETTINGS)

    def film(self, name: str) -> Run:
        """An uploaded film whose run a worker has probed."""
        asset_id, source, now = AssetId(f"ast_{name}"), f"sources/ast_{name}/original.mp4", self.clock.now()
        self.store.put(source, name.encode(), content_type="video/mp4")
        new = Asset(id=asset_id, title=name, status=Status.UPLOADING, created_at=now, updated_at=now)
        run = self.runs.begin(self.catalog.add_asset(new), source)
        facts = MediaFacts(kind=Kind.VIDEO, duration_seconds=LENGTH)
        probed = self.catalog.get_asset(asset_id).processing(now).probed(facts, now)
        self.catalog.replace_asset(probed)
        lease = self.queue.claim("w", now=now, lease_seconds=60)
        assert lease is not None
        self.queue.finish(lease)
        return run

    def admitted(self, name: str) -> Run:
        """The same, after it was asked whether it may be spent."""
        return self.spending.admit(self.film(name), MINUTE_FILM)

    def asked_again(self, name: str) -> None:
        """What the upkeep does."""
        asset = self.catalog.get_asset(AssetId(f"ast_{name}"))
        if self.spending.asking()(asset):
            self.runs.ask_again(asset)


Opener = Callable[[Allowance], Room]


@pytest.fixture
def room(tmp_path: Path) -> Opener:
    """Opens a deployment."""
    return lambda allowance: Room(tmp_path, allowance)


def test_the_cost_of_a_film_is_that_of_its_plan() -> None:
    cost = film_cost(MINUTE_FILM, SETTINGS)
    assert cost.cpu_seconds == pytest.approx(whole_cpu_seconds(plan(MINUTE_FILM, SETTINGS)), rel=0.02)
    assert cost.seconds == pytest.approx(60, abs=0.1)


def test_an_hour_of_full_hd_described_costs_about_half_a_dollar() -> None:
    cost = film_cost(Shape(duration_seconds=3600, width=1920, height=1080).probe(), MediaSettings())
    assert cost.usd == pytest.approx(0.52, abs=0.03)
    assert cost.stored_gb == pytest.approx(2.6, abs=0.1)  # 5.6 Mbit/s and the sound; the source was not described
    assert cost.usd_a_month == pytest.approx(0.06, abs=0.005)


def test_a_sound_costs_nearly_nothing_and_more_codecs_cost_more() -> None:
    sound = Shape(duration_seconds=3600).probe()
    film = Shape(duration_seconds=3600, width=1920, height=1080).probe()
    assert film_cost(sound, MediaSettings()).usd < 0.03
    both = wanted(MediaSettings(), ["av1"])
    assert both.codecs == ("h264", "av1")
    assert film_cost(film, both).cpu_seconds > 2 * film_cost(film, MediaSettings()).cpu_seconds
    assert wanted(both, []) is both


@given(st.floats(0.1, 600_000), st.integers(2, 4000), st.integers(2, 4000), st.floats(1, 240))
def test_a_longer_film_never_costs_less(seconds: float, width: int, height: int, rate: float) -> None:
    def usd(length: float) -> float:
        shape = Shape(duration_seconds=length, width=width, height=height, frame_rate=rate)
        return film_cost(shape.probe(), MediaSettings()).usd

    assert 0 < usd(seconds / 2) <= usd(seconds)


@pytest.mark.parametrize(
    "change",
    [
        {"duration_seconds": 0.0},
        {"duration_seconds": float("nan")},
        {"width": None},
        {"height": 0},
        {"frame_rate": 0.0},
    ],
)
def test_a_film_that_cannot_be_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(MatineeError) as refused:
        replace(Shape(duration_seconds=1, width=2, height=2), **change)  # type: ignore[arg-type]  # one of its numbers
    assert refused.value.code is ErrorCode.FIELD_INVALID


def test_without_limits_every_film_goes_on_and_is_counted_once(room: Opener) -> None:
    opened = room(Allowance())
    run = opened.admitted("one")
    assert (run.state, run.cost) == (RunState.QUEUED, film_cost(MINUTE_FILM, SETTINGS))
    again = opened.spending.admit(run, MINUTE_FILM)
    assert again == run
    assert (opened.spending.spent().runs, opened.spending.spent().seconds) == (1, 60)


@pytest.mark.parametrize(
    ("allowance", "code"),
    [
        (Allowance(usd_a_film=0.001), ErrorCode.LIMIT_COST),
        (Allowance(minutes_a_month=1), ErrorCode.LIMIT_MINUTES),
        (Allowance(hours_stored=1), ErrorCode.LIMIT_STORED),
    ],
)
def test_over_a_limit_a_run_waits_and_says_why(room: Opener, allowance: Allowance, code: ErrorCode) -> None:
    opened = room(allowance)
    names = ["first", *(f"film{n}" for n in range(59))] if allowance.hours_stored else ["first"]
    runs = [opened.admitted(name) for name in names]
    last = opened.admitted("last") if code is not ErrorCode.LIMIT_COST else runs[0]
    assert last.state is RunState.WAITING
    assert last.waits_for is not None
    assert last.waits_for.code is code
    assert last.waits_for.message.endswith("nothing is spent meanwhile.")
    assert opened.queue.waiting() == ()
    asset = opened.catalog.get_asset(last.asset_id)
    assert opened.runs.report(asset).waiting == last.waits_for
    assert opened.runs.report(asset).cost == last.cost


def test_a_film_that_waits_is_left_alone_until_a_person_approves_it(room: Opener) -> None:
    opened = room(Allowance(usd_a_film=0.001))
    run = opened.admitted("one")
    asset = opened.catalog.get_asset(run.asset_id)
    opened.runs.put_back(asset)
    opened.runs.put_back_run(run.id)
    opened.asked_again("one")
    assert opened.queue.waiting() == ()
    for change in (opened.runs.pause, opened.runs.resume):
        with pytest.raises(MatineeError) as refused:
            change(asset.id)
        assert refused.value.code is ErrorCode.ASSET_STATE
    for _ in range(2):
        approved = opened.runs.approve(asset.id, "owner")
        assert (approved.state, approved.waits_for) == (RunState.QUEUED, None)
    assert opened.queue.waiting() == (run.id,)
    assert opened.spending.admit(approved, MINUTE_FILM).state is RunState.QUEUED
    assert opened.spending.spent().runs == 1


def test_a_raised_limit_and_a_new_month_let_it_go_on_by_itself(room: Opener) -> None:
    opened = room(Allowance(minutes_a_month=1))
    opened.admitted("one")
    waits = opened.admitted("two")
    opened.asked_again("two")
    assert opened.queue.waiting() == ()
    opened.clock.time = datetime(2026, 12, 1, tzinfo=UTC)
    opened.asked_again("two")
    assert opened.queue.waiting() == (waits.id,)
    admitted = opened.spending.admit(opened.catalog.get_run(waits.id), MINUTE_FILM)
    assert (admitted.state, opened.spending.spent().month, opened.spending.spent().runs) == (
        RunState.QUEUED,
        "2026-12",
        1,
    )


def test_a_film_that_waits_can_be_cancelled(room: Opener) -> None:
    opened = room(Allowance(usd_a_film=0.001))
    run = opened.admitted("one")
    assert opened.runs.cancel(run.asset_id).state is RunState.CANCELLED
    assert opened.catalog.get_asset(run.asset_id).status is Status.FAILED
    with pytest.raises(MatineeError) as refused:
        opened.runs.approve(run.asset_id, "owner")
    assert refused.value.code is ErrorCode.RUN_OVER


def test_a_film_approved_before_it_was_looked_at_does_not_wait(room: Opener) -> None:
    opened = room(Allowance(usd_a_film=0.001))
    run = opened.film("one")
    opened.runs.approve(run.asset_id, "owner")
    assert opened.spending.admit(opened.catalog.get_run(run.id), MINUTE_FILM).state is RunState.QUEUED


def test_an_offer_says_what_a_film_would_wait_for(room: Opener) -> None:
    opened = room(Allowance(minutes_a_month=2, hours_stored=1))
    opened.admitted("one")

    def waits(probe: Probe) -> ErrorCode | None:
        shape = Shape(duration_seconds=probe.duration_seconds, width=640, height=360)
        found = opened.spending.offer(shape, []).waits
        return None if found is None else found.code

    assert waits(full_hd(50 * 30)) is None
    assert waits(full_hd(70 * 30)) is ErrorCode.LIMIT_MINUTES
    assert waits(full_hd(3590 * 30)) is ErrorCode.LIMIT_STORED
