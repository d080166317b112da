"""What a month on AWS costs for a load that is described, item by item. Pure arithmetic; it must not know where from.

A viewer fetches playlists, the first bytes of each rendition, then a picture segment and (apart from it) a sound
segment for every `segment_seconds`; each of those requests passes the gate. What is priced at less than a cent for any
load here (SNS, SQS, EventBridge's own events, the scheduler) is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

from matinee.domain.estimate import CPU_SECONDS_PER_MEGAPIXEL, USD_PER_CPU_SECOND
from matinee.domain.prices import (
    BUNNY_DELIVERED,
    BUNNY_READ_ON,
    CLOUDFLARE_DELIVERED,
    CLOUDFLARE_READ_ON,
    CLOUDFLARE_STORED,
    MUX_DELIVERED,
    MUX_READ_ON,
    MUX_STORED,
    PLANS,
    PRICES,
    Plan,
)
from matinee.errors import ErrorCode, MatineeError

HOURS_A_MONTH = 730
# What bench/delivered.py measured of real clips, everybody watching the largest rung of 1080p, sound included; and all
# rungs of it together (docs/cost.md, "What a viewer is sent").
DELIVERED_KBPS = 1_700
STORED_KBPS = 3_300
SEGMENT_LENGTHS = (2.0, 4.0, 6.0, 10.0)
# Once for each view, besides segments: main playlist, picture playlist and its init segment, the same after one change
# of quality, poster, captions playlist and file, storyboard and one sheet.
GATED_ONCE = 10
SOUND_ONCE = 2  # a playlist and an init segment more, where sound travels apart
PAGE_ONCE = 8  # the page, its scripts and styles; a browser keeps them, so returning viewers ask for one
API_ONCE = 1  # a session is opened
TOKEN_MINUTES = 60
BEACONS_A_MINUTE = 2
KEY_VALUE_READS = 2  # the keys, and whether the session is revoked
EDGE_MISSES = 0.1  # of segments asked for, what an edge fetches from S3; a library watched by few misses more
API_SECONDS, API_GB = 0.1, 1.0
WRITES_A_CALL, READS_A_CALL = 4, 4
# In units of 1 KB: the view, the five minutes, who asked how often, and the day's counters of the film and of all,
# 3.8 KB each once a day has known three kinds of device and four renditions.
WRITES_A_BEACON = 3 + 2 * 4
LOG_KB_A_CALL = 1.5
ALARMS = 31
METRICS = 17  # the figures of docs/operate.md, and what functions count
SECRET_READS_A_MONTH = HOURS_A_MONTH * 60  # a warm function asks once a minute
MEGAPIXELS_A_SECOND = 109.3  # 1080, 720, 480 and 360 lines at 30 frames
CHUNK_SECONDS = 12
RENDITIONS = 5
TRANSITIONS_A_TASK = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A month of use: views begun in an hour, round the clock; what each watches; what is kept and what comes in.

    `rate_kbps` is what a viewer's player takes on average, picture and sound; `stored_kbps` all renditions together.
    """

    views_per_hour: float = 200
    minutes_per_view: float = 20
    rate_kbps: float = DELIVERED_KBPS
    library_hours: float = 100
    upload_hours: float = 10
    stored_kbps: float = STORED_KBPS
    source_kbps: float = 8_000
    segment_seconds: float = 6
    sound_apart: bool = True

    def __post_init__(self) -> None:
        """A load is built valid or not at all."""
        for name in (
            *("views_per_hour", "minutes_per_view", "rate_kbps", "library_hours", "upload_hours"),
            *("stored_kbps", "source_kbps"),
        ):
            if not 0 <= getattr(self, name) < 1e12:
                raise MatineeError(ErrorCode.FIELD_INVALID, f"'{name}' is {getattr(self, name)}; it takes 0 or more.")
        if not 1 <= self.segment_seconds <= 60:
            sentence = f"'segment_seconds' is {self.segment_seconds}; it takes 1 to 60."
            raise MatineeError(ErrorCode.FIELD_INVALID, sentence)

    @property
    def views(self) -> float:
        """Begun in the month."""
        return self.views_per_hour * HOURS_A_MONTH

    @property
    def minutes(self) -> float:
        """Watched in the month."""
        return self.views * self.minutes_per_view

    @property
    def delivered_gb(self) -> float:
        """Sent to viewers, in units of 10^9 bytes."""
        return self.minutes * 60 * self.rate_kbps / 8e6

    @property
    def stored_gb(self) -> float:
        """Kept: originals and renditions; sound is in every rendition where it does not travel apart."""
        sound = 0 if self.sound_apart else 128 * (RENDITIONS - 2)
        return self.library_hours * 3600 * (self.stored_kbps + self.source_kbps + sound) / 8e6

    @property
    def gated_requests(self) -> float:
        """Requests for media, each of which passes the gate."""
        tracks = 2 if self.sound_apart else 1
        segments = self.minutes * 60 / self.segment_seconds * tracks
        return segments + self.views * (GATED_ONCE + (SOUND_ONCE if self.sound_apart else 0))

    @property
    def api_calls(self) -> float:
        """Sessions opened and renewed, beacons."""
        each = API_ONCE + self.minutes_per_view // TOKEN_MINUTES + self.minutes_per_view * BEACONS_A_MINUTE
        return self.views * each

    @property
    def requests(self) -> float:
        """All that CloudFront answers: media, pages and what it passes on to the API."""
        return self.gated_requests + self.views * PAGE_ONCE + self.api_calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A line of the bill. `edge`: a flat-rate plan of CloudFront has it in its price."""

    name: str
    quantity: float
    unit: str
    usd: float
    source: str
    edge: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A way to pay for CloudFront, with the whole month's dollars; `limit` says what of the plan would not do."""

    name: str
    usd: float
    fits: bool
    limit: str


def month(load: Load) -> tuple[Item, ...]:
    """Every item of the month, paid as it is used."""
    return tuple(_items(load))


def total(items: tuple[Item, ...]) -> float:
    """Their dollars together."""
    return sum(item.usd for item in items)


def choices(load: Load) -> tuple[Choice, ...]:
    """Paying as it is used, then each flat-rate plan, with what of it would be passed."""
    items = month(load)
    beside = sum(item.usd for item in items if not item.edge)
    plans = [
        Choice(name=p.name, usd=beside + p.usd, fits=_passed(p, load) == "", limit=_passed(p, load)) for p in PLANS
    ]
    return (Choice(name="Pay as you go", usd=total(items), fits=True, limit=""), *plans)


def cheapest(load: Load) -> Choice:
    """The cheapest that holds the load."""
    return min((choice for choice in choices(load) if choice.fits), key=lambda choice: choice.usd)


def packagings(load: Load) -> tuple[tuple[Load, Choice], ...]:
    """The same load with each segment length, sound apart and within the picture, and the cheapest way to pay."""
    ways = (
        replace(load, segment_seconds=seconds, sound_apart=apart)
        for apart in (True, False)
        for seconds in SEGMENT_LENGTHS
    )
    return tuple((way, cheapest(way)) for way in ways)


def elsewhere(load: Load) -> tuple[tuple[str, float, str], ...]:
    """What others' published prices come to for the same minutes, and of which day their pages are.

    `domain.prices` names the pages.
    """
    stored_minutes = load.library_hours * 60
    return (
        ("Mux (basic, 720p)", MUX_DELIVERED.usd(load.minutes) + MUX_STORED.usd(stored_minutes), MUX_READ_ON),
        (
            "Cloudflare Stream",
            CLOUDFLARE_DELIVERED.usd(ceil(load.minutes / 1000)) + CLOUDFLARE_STORED.usd(ceil(stored_minutes / 1000)),
            CLOUDFLARE_READ_ON,
        ),
        ("Bunny Stream", BUNNY_DELIVERED.usd(load.delivered_gb), BUNNY_READ_ON),
    )


def encode_usd(hours: float) -> float:
    """Lambda's price for encoding so many hours of 1080p at 30 frames into the usual ladder."""
    return hours * 3600 * MEGAPIXELS_A_SECOND * CPU_SECONDS_PER_MEGAPIXEL * USD_PER_CPU_SECOND


def beacons_usd(count: float) -> float:
    """What so many beacons more cost, every free tier being used up."""
    each = {
        "requests": 1,
        "http_api": 1,
        "lambda_requests": 1,
        "lambda_arm64": API_SECONDS * API_GB,
        "table_writes": WRITES_A_BEACON,
        "table_reads": READS_A_CALL,
        "logs": LOG_KB_A_CALL / 1e6,
    }
    return count * sum(PRICES[name].last * quantity for name, quantity in each.items())


def _passed(plan: Plan, load: Load) -> str:
    if load.requests > plan.requests:
        return f"{load.requests / 1e6:,.1f} of {plan.requests / 1e6:,.0f} million requests"
    if load.delivered_gb > plan.gigabytes:
        return f"{load.delivered_gb:,.0f} of {plan.gigabytes:,.0f} GB"
    return ""


def _items(load: Load) -> Iterator[Item]:
    tasks = load.upload_hours * (3600 / CHUNK_SECONDS + 16)
    misses = load.gated_requests * EDGE_MISSES
    puts = load.upload_hours * 3600 / load.segment_seconds * RENDITIONS + tasks
    yield _item("films sent by CloudFront", "transfer", load.delivered_gb, edge=True)
    yield _item("requests to CloudFront", "requests", load.requests, edge=True)
    yield _item("the gate and the pages' function", "functions", load.requests - load.api_calls, edge=True)
    yield _item("the gate's store", "key_value_reads", load.gated_requests * KEY_VALUE_READS, edge=True)
    yield _item("films stored", "storage", load.stored_gb)
    yield _item("segments fetched by the edge", "gets", misses)
    yield _item("segments written", "puts", puts)
    gb_seconds = encode_usd(load.upload_hours) / PRICES["lambda_arm64"].usd(1)
    yield _item("encoding", "lambda_arm64", gb_seconds)
    yield _item("encoding's workflow", "transitions", tasks * TRANSITIONS_A_TASK)
    yield _item("the API's functions", "lambda_arm64", load.api_calls * API_SECONDS * API_GB)
    yield _item("calls of functions", "lambda_requests", load.api_calls + tasks)
    yield _item("calls of the API", "http_api", load.api_calls)
    yield _item("the catalog, written", "table_writes", load.api_calls * WRITES_A_CALL)
    yield _item("the catalog, read", "table_reads", load.api_calls * READS_A_CALL)
    yield _item("the signing keys", "secrets", 1)
    yield _item("the signing keys, read", "secret_reads", SECRET_READS_A_MONTH)
    yield _item("alarms", "alarms", ALARMS)
    yield _item("figures", "metrics", METRICS)
    yield _item("logs", "logs", load.api_calls * LOG_KB_A_CALL / 1e6)


def _item(name: str, price: str, quantity: float, *, edge: bool = False) -> Item:
    found = PRICES[price]
    return Item(name=name, quantity=quantity, unit=found.unit, usd=found.usd(quantity), source=found.source, edge=edge)
