"""The month's bill: what it is made of, which plan holds a load, and that the page says what the command says."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from matinee.cli.main import app
from matinee.domain.bill import (
    DELIVERED_KBPS,
    STORED_KBPS,
    Load,
    beacons_usd,
    cheapest,
    choices,
    elsewhere,
    encode_usd,
    month,
    packagings,
    total,
)
from matinee.domain.prices import PLANS, PRICES
from matinee.errors import ErrorCode, MatineeError

DOCS = Path(__file__).parents[2] / "docs"
LOADS = st.builds(
    Load,
    views_per_hour=st.floats(0, 1e5),
    minutes_per_view=st.floats(0, 300),
    rate_kbps=st.floats(0, 50_000),
    library_hours=st.floats(0, 1e5),
    upload_hours=st.floats(0, 1e4),
    segment_seconds=st.floats(1, 60),
    sound_apart=st.booleans(),
)


def test_a_tier_is_paid_for_what_lies_in_it() -> None:
    assert PRICES["transfer"].usd(1_000) == 0
    assert PRICES["transfer"].usd(11_000) == pytest.approx(9_000 * 0.085 + 1_000 * 0.080)
    assert PRICES["requests"].usd(11e6) == pytest.approx(1)


def test_delivery_is_the_bill() -> None:
    items = month(Load())
    assert items[0].name == "films sent by CloudFront"
    assert items[0].usd > 0.9 * total(items)


def test_nobody_watching_costs_what_is_kept() -> None:
    quiet = Load(views_per_hour=0, upload_hours=0, library_hours=0)
    assert total(month(quiet)) == pytest.approx(0.40 + 0.219 + 2.10 + 2.10, abs=0.01)


def test_an_hour_of_full_hd_costs_about_half_a_dollar_to_encode() -> None:
    assert encode_usd(1) == pytest.approx(0.49, abs=0.01)


@pytest.mark.parametrize(
    ("load", "name"),
    [
        (Load(views_per_hour=0.2), "Free"),
        (Load(views_per_hour=20), "Pro"),
        (Load(views_per_hour=100), "Business"),
        (Load(), "Business"),
        (Load(rate_kbps=3_200), "Premium 75 TB"),
        (Load(views_per_hour=20_000), "Pay as you go"),
    ],
)
def test_the_cheapest_way_to_pay_holds_the_load(load: Load, name: str) -> None:
    assert cheapest(load).name == name


def test_a_plan_that_is_passed_says_by_what() -> None:
    said = {choice.name: choice.limit for choice in choices(Load(rate_kbps=2_500))}
    assert said["Pro"] == "67.3 of 10 million requests"
    assert said["Business"] == "54,750 of 50,000 GB"


def test_sound_apart_doubles_the_segments_that_are_asked_for() -> None:
    apart, within = Load(), Load(sound_apart=False)
    assert apart.gated_requests - 12 * apart.views == 2 * (within.gated_requests - 10 * within.views)


@given(LOADS)
def test_the_cheapest_is_never_dearer_than_any_that_holds_the_load(load: Load) -> None:
    best = cheapest(load)
    assert best.fits
    assert all(best.usd <= choice.usd for choice in choices(load) if choice.fits)
    assert all(item.usd >= 0 for item in month(load))
    assert len(packagings(load)) == 8


@given(LOADS)
def test_more_views_never_cost_less(load: Load) -> None:
    more = replace(load, views_per_hour=load.views_per_hour * 2)
    assert total(month(more)) >= total(month(load))
    assert all(after >= before for (_, before, _), (_, after, _) in zip(elsewhere(load), elsewhere(more), strict=True))


def test_a_million_beacons_cost_what_the_page_of_insight_says() -> None:
    page = (DOCS / "insight.md").read_text()
    assert f"a million beacons cost {beacons_usd(1e6):.2f} dollars" in page
    assert f"a thousand such views cost {beacons_usd(41_000):.2f} dollars" in page


def test_plans_are_in_order() -> None:
    assert [plan.usd for plan in PLANS] == sorted(plan.usd for plan in PLANS)


@pytest.mark.parametrize("change", [{"views_per_hour": -1.0}, {"segment_seconds": 0.5}, {"rate_kbps": float("nan")}])
def test_a_load_that_cannot_be_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(MatineeError) as refused:
        replace(Load(), **change)  # type: ignore[arg-type]  # one of its numbers
    assert refused.value.code is ErrorCode.FIELD_INVALID


@pytest.mark.parametrize("arguments", [[], ["--views", "20000"], ["--rate", "3200"]])
def test_the_page_shows_what_the_command_prints(arguments: list[str]) -> None:
    printed = CliRunner().invoke(app, ["cost", *arguments])
    assert printed.exit_code == 0
    page = (DOCS / "cost.md").read_text()
    block = "".join(f"    {line}\n" if line else "\n" for line in printed.output.splitlines())
    assert block in page, "run `matinee cost` again and put what it prints into docs/cost.md"


def test_the_rates_reckoned_with_are_those_the_page_says_were_measured() -> None:
    measured = re.search(r"delivered ([\d,]+) kbit/s, stored ([\d,]+);", (DOCS / "cost.md").read_text())
    assert measured, "put what bench/delivered.py prints into docs/cost.md"
    delivered, stored = (int(figure.replace(",", "")) for figure in measured.groups())
    assert pytest.approx(delivered, rel=0.02) == DELIVERED_KBPS
    assert pytest.approx(stored, rel=0.02) == STORED_KBPS


def test_programs_get_the_same_as_json() -> None:
    told = json.loads(CliRunner().invoke(app, ["cost", "--json"]).output)
    assert told["usd"] == pytest.approx(total(month(Load())))
    assert told["cheapest"]["name"] == "Business"
