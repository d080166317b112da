"""The quotas a load meets, each with the page it is from and what moves it. It must not compute anything.

Defaults of an account, from copies of AWS's pages, each with the day it was read, or settings of ours. Where Regions
differ, the smaller number.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A limit, where it is written, and what moves it."""

    name: str
    limit: float
    unit: str
    source: str
    moved_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What a load used of a quota at its busiest."""

    quota: Quota
    used: float

    @property
    def share(self) -> float:
        """Of the limit; over 1 something is refused or waits."""
        return self.used / self.quota.limit


def _quota(name: str, limit: float, unit: str, source: str, moved_by: str) -> Quota:
    return Quota(name=name, limit=limit, unit=unit, source=source, moved_by=moved_by)


ASK: Final = "Service Quotas"
READ: Final = "read 2026-11-26"
OURS: Final = "ours, `terraform/variables.tf`"
PARTITION: Final = f'DynamoDB Developer Guide, "Best practices for designing partition keys", {READ}'
STATES: Final = 'Step Functions Developer Guide, "Quotas", a copy of 2022'
CLOUDFRONT: Final = f'CloudFront Developer Guide, "Quotas", {READ}'
LAMBDA: Final = f'Lambda Developer Guide, "Lambda scaling behavior", {READ}'
S3: Final = f'AWS Knowledge Center, "S3 object key naming pattern" (at least, below a partitioned prefix), {READ}'
PLAN: Final = f"{ASK}; a flat-rate plan has its own"
ONE_ITEM: Final = "nothing: a day's counters are one item; `adapters/aws/dynamodb_insights.py` would have to split it"

# In the order in which `scale_model.uses` gives what was used of each.
QUOTAS: Final = (
    _quota("API calls a second", 50, "calls/s", OURS, "`requests_per_second`"),
    _quota(
        "Sessions a minute, asked for with one token",
        1_500,
        "calls",
        OURS,
        "`caller_requests_per_minute`",
    ),
    _quota("API Gateway, whole account", 10_000, "calls/s", f'API Gateway Developer Guide, "Quotas", {READ}', ASK),
    _quota(
        "Lambda, functions at once",
        1_000,
        "calls",
        f'Lambda Developer Guide, "Quotas" (new accounts begin lower), {READ}',
        f"{ASK}; `encode_at_once`",
    ),
    _quota("Lambda, new environments of the API in 10 s", 1_000, "environments", LAMBDA, "nothing"),
    _quota("Lambda, new environments of encoders in 10 s", 1_000, "environments", LAMBDA, "`encode_at_once`"),
    _quota("DynamoDB, the item that counts all views", 1_000, "write units/s", PARTITION, ONE_ITEM),
    _quota("DynamoDB, the item that counts one film's", 1_000, "write units/s", PARTITION, ONE_ITEM),
    _quota(
        "DynamoDB, what five minutes tell of quality",
        1_000,
        "write units/s",
        PARTITION,
        "nothing: below one key, so that the alarm reads once",
    ),
    _quota(
        "DynamoDB, one film's sessions and record",
        1_000,
        "write units/s",
        PARTITION,
        "nothing: below the film's id, so that deletion finds them",
    ),
    _quota(
        "DynamoDB, the index of events",
        1_000,
        "write units/s",
        PARTITION,
        "nothing: one place of an index, so that a replay reads in order",
    ),
    _quota(
        "DynamoDB, whole table, written",
        4_000,
        "write units/s",
        f'DynamoDB Developer Guide, "Warm throughput" (a new table at once; doubled within half an hour), {READ}',
        "warm throughput of the table; it grows by itself",
    ),
    _quota("CloudFront, requests", 250_000, "requests/s", CLOUDFRONT, PLAN),
    _quota("CloudFront, transfer", 150, "Gbit/s", CLOUDFRONT, PLAN),
    _quota(
        "KeyValueStore, revocations alive",
        5 * 1024,
        "KB",
        'CloudFront Developer Guide, "Quotas on key value stores", not read again',
        "`session_seconds`: an entry lives as long as its session could",
    ),
    _quota("Step Functions, starts at once", 800, "starts", STATES, ASK),
    _quota(
        "Step Functions, longest wait for a transition",
        1,
        "s",
        f"{STATES}: 800 at once, 500 a second",
        f"{ASK}; `encode_at_once`",
    ),
    _quota(
        "EventBridge, calls of targets",
        1_100,
        "calls/s",
        f'EventBridge User Guide, "Quotas" (Regions it does not name; what is over comes later), {READ}',
        ASK,
    ),
    _quota("S3, GET below one prefix", 5_500, "requests/s", S3, "nothing: S3 splits prefixes as they are used"),
    _quota("S3, PUT below one prefix", 3_500, "requests/s", S3, "nothing: S3 splits prefixes as they are used"),
)
