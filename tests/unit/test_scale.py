"""The arithmetic of the load model (bench/scale_model.py), and that docs/limits.md walks all of it."""

import re
import sys
from pathlib import Path

import pytest

from matinee.domain.bill import DELIVERED_KBPS

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "bench"))

import scale_model  # noqa: E402 - a script's module, beside src
from scale import breaks_at  # noqa: E402 - the same
from scale_model import Bucket, Functions, Load, Meter, Process, Simulation, World, simulate, uses  # noqa: E402
from scale_quotas import QUOTAS, Use  # noqa: E402 - the same


def quota(name: str) -> float:
    """The limit of that name."""
    return next(each.limit for each in QUOTAS if each.name == name)


def test_the_clock_jumps_from_one_event_to_the_next_in_order() -> None:
    simulation, seen = Simulation(), list[tuple[str, float]]()

    def process(name: str, every: float) -> Process:
        for _ in range(2):
            seen.append((name, simulation.now))
            yield every

    simulation.start(process("slow", 10))
    simulation.start(process("quick", 1), after=2)
    simulation.run(11)
    assert seen == [("slow", 0), ("quick", 2), ("quick", 3), ("slow", 10)]
    assert simulation.now == 11


def test_the_busiest_span_counts_from_the_moment_asked_for() -> None:
    meter = Meter(seconds=10)
    for at in (1, 2, 3, 15, 16, 25):
        meter.add(at)
    assert (meter.peak(), meter.peak(10), meter.peak(90)) == (3, 2, 0)


def test_a_bucket_gives_what_it_holds_and_then_its_rate() -> None:
    bucket = Bucket(size=10, rate=5)
    assert [bucket.wait(0, 5) for _ in range(4)] == [0, 0, 1, 2]
    assert [bucket.wait(100, 10), bucket.wait(101, 5)] == [0, 0]


def test_an_environment_is_used_again_while_warm_and_no_more_run_than_may() -> None:
    simulation = Simulation()
    functions = Functions(simulation, limit=2)
    assert [functions.call("api", 1), functions.call("api", 1), functions.call("api", 1)] == [2.5, 2.5, None]
    simulation.run(3)
    assert functions.call("api", 1) == 1
    simulation.run(scale_model.IDLE_SECONDS + 10)
    assert functions.call("api", 1) == 2.5
    assert (functions.most, functions.refused["api"], functions.begun["api"].peak()) == (2, 1, 2)


def test_a_view_asks_for_its_segments_and_tells_its_beacons() -> None:
    world = World(Load(segment_seconds=6))
    world.simulation.start(world.viewer(120))
    world.simulation.run(1000)
    totals = {name: sum(meter.used.values()) for name, meter in world.meters.items()}
    assert totals["requests"] == 8 + 1 + 10 + 2 + 20 * 2 + 4
    assert totals["api"] == 1 + 4
    assert totals["counted_all"] == totals["counted_film"] == 4 * scale_model.counted_item_units()
    assert (totals["film"], totals["quality"], totals["opened"]) == (3, 4, 1)
    assert totals["table"] == (4 + 1 + 3 + 2 + 1) + (4 + 1 + 2 * 3 + 1) + 3 * (1 + 1 + 2 * 3 + 1)
    assert totals["gigabits"] == pytest.approx(120 * DELIVERED_KBPS / 1e6)


def test_a_film_s_chunks_wait_for_room_and_are_all_made() -> None:
    world = World(Load(film_hours=1, encode_at_once=100, functions_at_once=50))
    world.film()
    world.simulation.run(24 * 3600)
    assert sum(world.meters["puts"].used.values()) == 300 * (5 * 2 + 1)
    assert world.functions.most == 50
    assert world.functions.refused["encode"] > 0


def test_a_counter_s_day_is_an_item_of_three_write_units() -> None:
    assert scale_model.counted_item_units() == 3


def test_a_hundred_times_the_viewers_use_about_a_hundred_times_as_much() -> None:
    small = simulate(Load(views_per_hour=2_000, minutes_per_view=2), warm_seconds=300, seconds=120)
    large = simulate(Load(views_per_hour=2_000, minutes_per_view=2).times(10), warm_seconds=300, seconds=120)
    means = [sum(count for at, count in world.meters["requests"].used.items() if at >= 300) for world in (small, large)]
    assert means[1] / means[0] == pytest.approx(10, rel=0.2)
    found = {use.quota.name: use for use in uses(large, 300)}
    assert list(found) == [each.name for each in QUOTAS]
    use = found["API calls a second"]
    assert breaks_at(use) == pytest.approx(100 * 50 / use.used)


def test_what_is_used_up_at_a_hundred_breaks_at_a_hundred() -> None:
    assert breaks_at(Use(quota=QUOTAS[0], used=QUOTAS[0].limit)) == 100


def test_our_own_limits_are_the_deployment_s() -> None:
    variables = (ROOT / "terraform" / "variables.tf").read_text()

    def default(name: str) -> int:
        found = re.search(rf'variable "{name}" {{.*?default\s+= (\d+)', variables, re.DOTALL)
        assert found
        return int(found[1])

    assert quota("API calls a second") == default("requests_per_second")
    assert quota("Sessions a minute, asked for with one token") == default("caller_requests_per_minute")
    assert Load().encode_at_once == default("encode_at_once")


def test_the_page_of_limits_walks_every_quota() -> None:
    page = (ROOT / "docs" / "limits.md").read_text().partition("## Quotas")[2]
    rows = {row.split("|")[1].strip() for row in page.splitlines() if row.startswith("| ")}
    assert {each.name for each in QUOTAS} <= rows
