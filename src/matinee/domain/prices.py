"""Every price the bill is made of, with where it was read and when. It must not compute anything.

US dollars, list prices without tax, AWS in us-east-1 and viewers in North America or Europe. A price that has changed
is changed here alone; `READ_ON` is the day the table was last gone through. Copies of AWS's pages of prices mostly hold
no rates (the pages fill them in by script): ask the account's own before relying on one. On 2026-11-27 these alone
could be read again in copies, and stood: CloudFront's free tier, Secrets Manager, Cloudflare Stream, Bunny's delivery.
"""

from dataclasses import dataclass
from typing import Final

READ_ON: Final = "2026-11-26"
FOR_EVER: Final = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a quantity costs: tiers of (up to this much a month, dollars each), the first free where AWS says so."""

    unit: str
    tiers: tuple[tuple[float, float], ...]
    source: str

    def usd(self, quantity: float) -> float:
        """The month's dollars for `quantity` units."""
        total, begin = 0.0, 0.0
        for end, each in self.tiers:
            total += max(0.0, min(quantity, end) - begin) * each
            begin = end
        return total

    @property
    def last(self) -> float:
        """What one unit more costs who has used up every cheaper or free tier but the first that is paid."""
        return next(each for _, each in self.tiers if each)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A CloudFront flat-rate plan: what a month of one distribution costs and holds. Over it AWS may throttle."""

    name: str
    usd: float
    requests: float
    gigabytes: float


def _flat(unit: str, each: float, source: str, free: float = 0.0) -> Price:
    tiers = ((free, 0.0), (FOR_EVER, each)) if free else ((FOR_EVER, each),)
    return Price(unit=unit, tiers=tiers, source=source)


PRICES: Final[dict[str, Price]] = {
    "transfer": Price(
        unit="GB",
        tiers=(
            (1_000, 0.0),
            (10_000, 0.085),
            (50_000, 0.080),
            (150_000, 0.060),
            (500_000, 0.040),
            (1_000_000, 0.030),
            (FOR_EVER, 0.025),
        ),
        source="Amazon CloudFront pricing, data transfer out to the internet, North America and Europe; first TB free",
    ),
    "requests": _flat("request", 1.0e-6, "Amazon CloudFront pricing, HTTPS requests; first ten million free", 1e7),
    "functions": _flat("run", 0.1e-6, "Amazon CloudFront pricing, CloudFront Functions; first two million free", 2e6),
    "key_value_reads": _flat("read", 0.03e-6, "Amazon CloudFront pricing, KeyValueStore reads"),
    "storage": _flat("GB-month", 0.023, "Amazon S3 pricing, Standard, first 50 TB"),
    "puts": _flat("request", 0.005e-3, "Amazon S3 pricing, PUT"),
    "gets": _flat("request", 0.0004e-3, "Amazon S3 pricing, GET"),
    "lambda_arm64": _flat("GB-second", 0.0000133334, "AWS Lambda pricing, arm64; the free tier is left out"),
    "lambda_requests": _flat("call", 0.2e-6, "AWS Lambda pricing, requests; the free tier is left out"),
    "http_api": _flat("call", 1.0e-6, "Amazon API Gateway pricing, HTTP APIs, first 300 million"),
    "table_writes": _flat("write unit", 0.625e-6, "Amazon DynamoDB pricing, on demand, since November 2024"),
    "table_reads": _flat("read unit", 0.125e-6, "Amazon DynamoDB pricing, on demand, since November 2024"),
    "transitions": _flat("transition", 0.025e-3, "AWS Step Functions pricing, Standard; 4,000 free", 4_000),
    "secrets": _flat("secret", 0.40, "AWS Secrets Manager pricing, in a copy of 2026-09-20"),
    "secret_reads": _flat("call", 0.05e-4, "AWS Secrets Manager pricing, API calls, in a copy of 2026-09-20"),
    "alarms": _flat("alarm", 0.10, "Amazon CloudWatch pricing, standard alarms; ten free", 10),
    "metrics": _flat("metric", 0.30, "Amazon CloudWatch pricing, custom metrics, first 10,000; ten free", 10),
    "logs": _flat("GB", 0.50, "Amazon CloudWatch pricing, log ingestion; 5 GB free", 5),
}

PLANS: Final = (
    Plan(name="Free", usd=0, requests=1e6, gigabytes=100),
    Plan(name="Pro", usd=15, requests=1e7, gigabytes=50_000),
    Plan(name="Business", usd=200, requests=1.25e8, gigabytes=50_000),
    Plan(name="Premium", usd=1_000, requests=5e8, gigabytes=50_000),
    Plan(name="Premium 75 TB", usd=1_450, requests=7.5e8, gigabytes=75_000),
    Plan(name="Premium 125 TB", usd=2_250, requests=1.25e9, gigabytes=125_000),
    Plan(name="Premium 200 TB", usd=3_500, requests=2e9, gigabytes=200_000),
    Plan(name="Premium 350 TB", usd=6_000, requests=3.5e9, gigabytes=350_000),
    Plan(name="Premium 600 TB", usd=10_000, requests=6e9, gigabytes=600_000),
)
PLANS_SOURCE: Final = "Amazon CloudFront pricing, flat-rate plans (since 2025-11-18), as published on 2026-09-05"

# Others, for the same minutes. Read from copies of their pages of the days named.
MUX_READ_ON: Final = "2026-05-25"
MUX_DELIVERED: Final = _flat("minute", 0.0008, "Mux pricing, video delivery, 720p; 100,000 minutes free", 100_000)
MUX_STORED: Final = _flat("minute-month", 0.0024, "Mux pricing, video storage")
CLOUDFLARE_READ_ON: Final = "2026-07-11"
CLOUDFLARE_DELIVERED: Final = _flat("1,000 minutes", 1.0, "Cloudflare Stream pricing, delivered, begun thousands")
CLOUDFLARE_STORED: Final = _flat("1,000 minutes", 5.0, "Cloudflare Stream pricing, stored, begun thousands")
BUNNY_READ_ON: Final = "2026-09-20; storage left out"
BUNNY_DELIVERED: Final = _flat("GB", 0.01, "bunny.net pricing, standard network, Europe and North America")
# What it asks for storage is on no page that could be read (looked for last on 2026-11-27), so no sum has it.
