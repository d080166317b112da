"""`matinee cost`: the month's bill as tables and as JSON. It must not know how it is computed."""

from dataclasses import asdict

from matinee.cli.client import Json
from matinee.cli.output import print_fields, print_table, say
from matinee.domain.bill import Choice, Load, beacons_usd, cheapest, choices, elsewhere, month, packagings, total
from matinee.domain.prices import PLANS_SOURCE, READ_ON


def as_json(load: Load) -> Json:
    """Everything `print_cost` prints."""
    items = month(load)
    return {
        "prices_read_on": READ_ON,
        "load": asdict(load),
        "views": load.views,
        "minutes": load.minutes,
        "delivered_gb": load.delivered_gb,
        "requests": load.requests,
        "items": [asdict(item) for item in items],
        "usd": total(items),
        "plans_source": PLANS_SOURCE,
        "plans": [asdict(choice) for choice in choices(load)],
        "cheapest": asdict(cheapest(load)),
        "packagings": [
            {
                "segment_seconds": way.segment_seconds,
                "sound_apart": way.sound_apart,
                "requests": way.requests,
                "cheapest": choice.name,
                "usd": choice.usd,
            }
            for way, choice in packagings(load)
        ],
        "elsewhere": [{"name": name, "usd": usd, "page_of": day} for name, usd, day in elsewhere(load)],
    }


def print_cost(load: Load) -> None:
    """The load, its items, the ways to pay, the ways to package, and what others ask."""
    _print_load(load)
    items, best = month(load), cheapest(load)
    rows = [(item.name, _quantity(item.quantity), item.unit, _usd(item.usd)) for item in items]
    rows.append(("all", "", "", _usd(total(items))))
    print_table(("paid as it is used", "quantity", "unit", "USD"), rows, give_way=0)
    say("")
    ways = [(c.name, _usd(c.usd), "yes" if c.fits else f"no: {c.limit}") for c in choices(load)]
    print_table(("CloudFront, and everything else", "USD", "holds the load"), ways, give_way=2)
    cents = 100 * best.usd / max(load.minutes, 1)
    say(f"Cheapest: {best.name}, ${_usd(best.usd)} a month, {cents:.4f} cents a minute watched.")
    say(f"Beacons (what was watched): ${_usd(beacons_usd(1e6))} a million.")
    say("")
    packed = [_packaging(way, choice) for way, choice in packagings(load)]
    print_table(("segments", "sound", "million requests", "cheapest", "USD"), packed, give_way=3)
    say("")
    others = [(name, _usd(usd), day) for name, usd, day in elsewhere(load)]
    print_table(("the same minutes elsewhere", "USD", "page of"), others, give_way=0)


def _print_load(load: Load) -> None:
    views = f"{load.views:,.0f} views of {load.minutes_per_view:g} minutes at {load.rate_kbps:,.0f} kbit/s"
    kept = f"{load.library_hours:g} hours, {load.stored_gb:,.0f} GB; {load.upload_hours:g} hours are added"
    print_fields(
        [
            ("a month of", views),
            ("sent", f"{load.delivered_gb:,.0f} GB in {load.requests / 1e6:,.1f} million requests"),
            ("kept", kept),
            ("prices", f"list prices read on {READ_ON}, us-east-1, without tax"),
        ]
    )
    say("")


def _packaging(way: Load, choice: Choice) -> tuple[str, ...]:
    sound = "apart" if way.sound_apart else "within"
    return f"{way.segment_seconds:g} s", sound, f"{way.requests / 1e6:,.1f}", choice.name, _usd(choice.usd)


def _usd(amount: float) -> str:
    return f"{amount:,.2f}"


def _quantity(amount: float) -> str:
    return f"{amount:,.0f}" if amount >= 100 or amount == int(amount) else f"{amount:,.1f}"
