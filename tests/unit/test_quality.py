"""How films play now, what is worth waking somebody for, and the figures that say so."""

import logging
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matinee.adapters.local.sqlite import Database
from matinee.adapters.local.sqlite_insights import SqliteInsights
from matinee.adapters.local.sqlite_webhooks import SqliteWebhooks
from matinee.config import Settings
from matinee.domain.beacon import Beacon
from matinee.domain.delivery import Attempt, DeliveryState
from matinee.domain.ids import AssetId
from matinee.domain.measure import Measure, by_label, camel, one, text
from matinee.domain.quality import Complaint, Quality, noted, slot_of, slots
from matinee.services.figures import Figures
from matinee.services.quality import Watch
from matinee.wiring import open_machine
from tests.contracts.samples import NOON
from tests.contracts.webhooks import a_delivery, a_webhook, an_event
from tests.hand import Hand

NOW = datetime(2026, 11, 22, 12, 7, 31, tzinfo=UTC)
FINE = Quality(asset_id=AssetId("ast_a"), wanted_ms=3_600_000, stalled_ms=36_000, starts=20, slow_starts=1, errors=1)
# OpenMetrics 1.0, "ABNF": what a family and a sample may look like.
FAMILY = re.compile(r"# (?:TYPE [a-z_:][a-z0-9_:]* (?:gauge|counter)|HELP [a-z_:][a-z0-9_:]* .+)\Z")
SAMPLE = re.compile(r'[a-z_:][a-z0-9_:]*(?:\{[a-z_]+="(?:[^"\\\n]|\\[\\"n])*"(?:,[a-z_]+="[^"]*")*\})? -?[0-9.e+-]+\Z')


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({}, None),
        ({"stalled_ms": 180_000}, Complaint.STALLING),
        ({"stalled_ms": 179_999}, None),
        ({"stalled_ms": 900_000, "wanted_ms": 1_199_999}, None),  # one viewer with a bad line
        ({"slow_starts": 10}, Complaint.SLOW_START),
        ({"starts": 4, "slow_starts": 4}, None),
        ({"errors": 20}, Complaint.FAILING),
        ({"starts": 0, "errors": 4}, None),
        ({"errors": 20, "stalled_ms": 900_000}, Complaint.FAILING),
    ],
)
def test_several_people_must_have_something_to_complain_of(change: dict[str, int], complaint: Complaint | None) -> None:
    assert replace(FINE, **change).complaint(5) is complaint  # type: ignore[arg-type]  # its numbers


def test_the_share_that_is_borne_can_be_set() -> None:
    assert FINE.complaint(1) is Complaint.STALLING
    assert replace(FINE, stalled_ms=3_600_000).complaint(100) is Complaint.STALLING


def test_a_link_that_ended_is_no_fault_and_a_beacon_that_tells_nothing_is_not_noted() -> None:
    beacon = Beacon(view="view-0001", number=1)
    assert noted(beacon) == {}
    for error in ("expired", "revoked"):
        assert noted(replace(beacon, error=error)) == {}
    assert noted(replace(beacon, error="network", watched_ms=5, startup_ms=10_001)) == {
        "watch_ms": 5,
        "starts": 1,
        "slow_starts": 1,
        "errors": 1,
    }


def test_the_window_is_a_quarter_of_an_hour_and_what_is_under_way() -> None:
    assert slot_of(NOW) == datetime(2026, 11, 22, 12, 5, tzinfo=UTC)
    assert [f"{each:%H:%M}" for each in slots(NOW)] == ["11:50", "11:55", "12:00", "12:05"]


def test_a_film_that_stands_still_is_told_of_once_until_it_plays_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    clock, insights = Hand(NOW), SqliteInsights(Database(tmp_path / "matinee.db"))
    watch = Watch(insights, clock, 5)
    stalling, other = AssetId("ast_stalling"), AssetId("ast_other")
    for slot in slots(NOW)[1:]:
        insights.note(slot, stalling, {"watch_ms": 500_000, "stalled_ms": 100_000, "starts": 3})
        insights.note(slot, other, {"watch_ms": 500_000, "starts": 3})
    for _ in range(2):
        first, second = watch.look()
        assert (first.quality.asset_id, first.complaint) == (stalling, Complaint.STALLING)
        assert first.quality.stalled_share == pytest.approx(1 / 6)
        assert (second.quality.asset_id, second.complaint) == (other, None)
    assert watch.complaining == 1
    clock.time += timedelta(minutes=30)
    assert watch.look() == ()
    assert watch.complaining == 0
    said = [(record.message, record.__dict__["asset"]) for record in caplog.records]
    assert said == [("viewers complain", stalling), ("viewers content again", stalling)]


def test_a_figure_is_written_as_openmetrics_has_it() -> None:
    told = text([
        one("requests", "Answered.", 3, "counter"),
        by_label("assets", 'By "status".', "status", {"ready": 2, "fai\\led\n": 1.5}),
    ])  # fmt: skip
    assert told.splitlines() == [
        "# TYPE matinee_requests counter",
        "# HELP matinee_requests Answered.",
        "matinee_requests_total 3",
        "# TYPE matinee_assets gauge",
        '# HELP matinee_assets By \\"status\\".',
        'matinee_assets{status="fai\\\\led\\n"} 1.5',
        'matinee_assets{status="ready"} 2',
        "# EOF",
    ]


def test_the_figures_of_a_machine_are_openmetrics_and_cloudwatch_calls_them_by_the_same_names(tmp_path: Path) -> None:
    machine = open_machine(Settings(data_dir=tmp_path / "data", workers=0))
    machine.app.insight.sweep()
    figures = machine.app.figures.now()
    measures: tuple[Measure, ...] = (*figures, *machine.app.machine_measures(), *machine.app.requests.measures())
    lines = text(measures).splitlines()
    assert lines[-1] == "# EOF"
    assert [line for line in lines[:-1] if not FAMILY.match(line) and not SAMPLE.match(line)] == []
    assert len({measure.name for measure in measures}) == len(measures)
    dashboard = (Path(__file__).parents[2] / "terraform" / "dashboard.tf").read_text()
    shown = set(re.findall(r'"([A-Z][A-Za-z]+)"', "".join(re.findall(r"metrics = \[\"[^\n]*", dashboard))))
    assert shown == {camel(figure.name) for figure in figures}
    page = (Path(__file__).parents[2] / "docs" / "operate.md").read_text()
    assert [each.name for each in measures if f"`{each.name}`" not in page] == []


def test_a_delivery_given_up_is_counted_for_a_day_unless_it_is_sent_again_or_its_webhook_is_off(tmp_path: Path) -> None:
    """By what is stored, so that a sender that dies when it has given up keeps nothing to itself."""
    app, clock = open_machine(Settings(data_dir=tmp_path / "data", workers=0)).app, Hand(NOON)
    store = SqliteWebhooks(Database(tmp_path / "data" / "matinee.db"))

    def given_up() -> float:
        figures = Figures(app.watch, app.spending, app.catalog, store, clock).now()
        (found,) = [figure for figure in figures if figure.name == "deliveries_dead"]
        return found.samples[()]

    webhook = store.add_webhook(a_webhook())
    waiting = store.add_delivery(a_delivery(store.add_event(an_event())))
    assert given_up() == 0
    dead = replace(waiting, state=DeliveryState.DEAD, attempts=(Attempt(at=NOON, duration_ms=5, status=500),))
    dead = store.replace_delivery(dead)
    assert given_up() == 1
    webhook = store.replace_webhook(replace(webhook, enabled=False))
    assert given_up() == 0
    store.replace_webhook(replace(webhook, enabled=True))
    clock.time += timedelta(seconds=24 * 3600 - 1)
    assert given_up() == 1
    store.replace_delivery(dead.replayed(clock.now()))
    assert given_up() == 0
    store.add_delivery(replace(a_delivery(store.add_event(an_event("two"))), state=dead.state, attempts=dead.attempts))
    assert given_up() == 1
    clock.time += timedelta(seconds=1)
    assert given_up() == 0
