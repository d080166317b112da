#!/usr/bin/env python3
"""The mission's load and a hundred times it through every quota of AWS, and what breaks first.

It must not measure anything here: `scale_model` simulates, event by event. Half a minute.

    .venv/bin/python bench/scale.py [--json | --markdown] [--views 200] [--seed 1]

Four loads: as many views an hour as given; a hundred times that; a hundred times that with three films uploaded at one
moment; and a premiere, where an hour's viewers of the hundredfold come to one film within a minute. Of each quota the
busiest second. "Breaks at" is the factor of the given load at which the steady hundredfold's use would reach the limit.
"""

import argparse
import json
from dataclasses import replace

from scale_model import Load, simulate, uses
from scale_quotas import Use

HUNDRED = 100
WARM_SECONDS = 1_800.0
PREMIERE_SECONDS = 60.0
FILMS = 3
Row = dict[str, Use]
Refused = dict[str, dict[str, int]]
COLUMNS = ("x1", "x100", "x100 and 3 films", "premiere")


def loads(views_per_hour: float) -> dict[str, Load]:
    """The four."""
    small = Load(views_per_hour=views_per_hour)
    large = small.times(HUNDRED)
    return dict(
        zip(
            COLUMNS,
            (
                small,
                large,
                replace(large, films_at_once=FILMS),
                replace(large, premiere_seconds=PREMIERE_SECONDS, upload_hours_a_month=0),
            ),
            strict=True,
        )
    )


def breaks_at(steady: Use) -> float:
    """The factor at which the quota is used up, its use growing with the load."""
    return HUNDRED / steady.share if steady.share else float("inf")


def main() -> None:
    """Simulate, and print what was used."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--markdown", action="store_true", help="the table of docs/limits.md")
    parser.add_argument("--views", type=float, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    found: dict[str, tuple[Use, ...]] = {}
    refused: Refused = {}
    for name, load in loads(given.views).items():
        world = simulate(load, given.seed)
        found[name] = uses(world, 0.0 if load.premiere_seconds else WARM_SECONDS)
        refused[name] = dict(world.functions.refused)
    rows = [dict(zip(COLUMNS, each, strict=True)) for each in zip(*found.values(), strict=True)]
    rows.sort(key=lambda row: breaks_at(row["x100"]))
    if given.json:
        print_json(rows, refused)
    elif given.markdown:
        print_markdown(rows)
    else:
        print(f"{given.views:,.0f} views an hour; the busiest second of ten minutes\n")
        print_table(rows)
        print_over(rows, refused)


def print_json(rows: list[Row], refused: Refused) -> None:
    """For programs."""
    told = [
        {"quota": row["x1"].quota.name, "limit": row["x1"].quota.limit, "breaks_at": breaks_at(row["x100"])}
        | {name: row[name].used for name in COLUMNS}
        for row in rows
    ]
    print(json.dumps({"quotas": told, "refused": refused}, indent=2))


def print_markdown(rows: list[Row]) -> None:
    """For the page, with where each limit is written and what moves it."""
    print(f"| quota | limit | {' | '.join(COLUMNS)} | breaks at | moved by | source |")
    print("|---" * (len(COLUMNS) + 5) + "|")
    for row in rows:
        quota = row["x1"].quota
        cells = " | ".join(f"{row[name].used:,.0f}" for name in COLUMNS)
        limit = f"{quota.limit:,.0f} {quota.unit}"
        print(f"| {quota.name} | {limit} | {cells} | {factor(row)} | {quota.moved_by} | {quota.source} |")


def print_table(rows: list[Row]) -> None:
    """For people."""
    print(f"{'quota':47}{'limit':>9}  {'':14}" + "".join(f"{name:>18}" for name in COLUMNS) + f"{'breaks at':>11}")
    for row in rows:
        quota = row["x1"].quota
        cells = "".join(f"{row[name].used:>18,.1f}" for name in COLUMNS)
        print(f"{quota.name:47}{quota.limit:>9,.0f}  {quota.unit:14}{cells}{factor(row):>11}")


def print_over(rows: list[Row], refused: Refused) -> None:
    """What was over its limit under each load."""
    print("\nover its limit:")
    for name in COLUMNS:
        over = [f"{row[name].quota.name} ({row[name].share:.1f} x)" for row in rows if row[name].share > 1]
        lost = ", ".join(f"{count} calls of {function} refused" for function, count in refused[name].items())
        print(f"  {name}: {', '.join(over) or 'nothing'}{'; ' + lost if lost else ''}")


def factor(row: Row) -> str:
    """How many times the given load it takes; nothing where films decide and not viewers."""
    found = breaks_at(row["x100"])
    return "-" if found == float("inf") else f"x{found:,.0f}"


if __name__ == "__main__":
    main()
