"""The AWS adapters of one deployment, made once for a function. It must not decide anything.

What each function does with them, and so what its role may do, is in `wiring_cloud` and `wiring_steps`.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

import boto3

from matinee.adapters.aws.clients import (
    cloudfront_client,
    dynamodb_client,
    key_value_store_client,
    replica_s3_client,
    s3_client,
    secrets_manager_client,
    sqs_client,
    step_functions_client,
)
from matinee.adapters.aws.cloud_copies import CloudCopies, Keeping
from matinee.adapters.aws.dynamodb_audit import DynamoDbAudit
from matinee.adapters.aws.dynamodb_catalog import DynamoDbCatalog
from matinee.adapters.aws.dynamodb_insights import DynamoDbInsights
from matinee.adapters.aws.dynamodb_ledger import DynamoDbLedger
from matinee.adapters.aws.dynamodb_meter import DynamoDbMeter
from matinee.adapters.aws.dynamodb_revocations import DynamoDbRevocations
from matinee.adapters.aws.dynamodb_webhooks import DynamoDbWebhooks
from matinee.adapters.aws.edge_revocations import EdgeRevocations
from matinee.adapters.aws.edge_store import EdgeStore
from matinee.adapters.aws.s3_replica import S3Replica
from matinee.adapters.aws.s3_store import S3Store
from matinee.adapters.aws.secret_keys import Pace, SecretKeys
from matinee.adapters.aws.sqs_bell import SqsBell
from matinee.adapters.aws.step_functions_starter import StepFunctionsStarter
from matinee.adapters.local.system_clock import SystemClock, SystemEntropy
from matinee.config import Settings, require
from matinee.errors import ErrorCode, MatineeError
from matinee.policies import (
    allowance,
    keep_events,
    keep_quality,
    keep_records,
    leniency,
    session_policy,
    workflow_media_settings,
)
from matinee.ports.keys import Keys
from matinee.services.figures import Figures
from matinee.services.journal import Journal
from matinee.services.quality import Watch
from matinee.services.spending import Spending

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """The ports of a deployment. Nothing is asked of AWS until one is used."""

    store: S3Store
    catalog: DynamoDbCatalog
    clock: SystemClock
    entropy: SystemEntropy
    session: boto3.Session


def open_adapters(settings: Settings) -> Adapters:
    """Bucket and table. Raises `setting_invalid` when the deployment has not named them."""
    require(settings, "bucket", "table")
    session, entropy = boto3.Session(), SystemEntropy()
    return Adapters(
        store=S3Store(s3_client(session), settings.bucket or ""),
        catalog=DynamoDbCatalog(dynamodb_client(session), settings.table or "", entropy),
        clock=SystemClock(),
        entropy=entropy,
        session=session,
    )


def open_starter(settings: Settings, adapters: Adapters) -> StepFunctionsStarter:
    """The workflow. Raises `setting_invalid`."""
    require(settings, "state_machine_arn")
    client = step_functions_client(adapters.session)
    return StepFunctionsStarter(client, settings.state_machine_arn or "", adapters.entropy)


def open_revocations(settings: Settings, adapters: Adapters) -> EdgeRevocations:
    """The revoked sessions. Raises `setting_invalid`."""
    remembered = DynamoDbRevocations(dynamodb_client(adapters.session), settings.table or "")
    return EdgeRevocations(remembered, _edge_store(settings, adapters.session))


def open_journal(settings: Settings, adapters: Adapters) -> Journal:
    """The record of what is done with sessions. Raises `setting_invalid`."""
    audit = DynamoDbAudit(dynamodb_client(adapters.session), settings.table or "")
    return Journal(audit, adapters.clock, adapters.entropy, keep_records(settings))


def open_webhooks(settings: Settings, adapters: Adapters) -> DynamoDbWebhooks:
    """Endpoints, events and deliveries."""
    client = dynamodb_client(adapters.session)
    return DynamoDbWebhooks(client, settings.table or "", adapters.entropy, keep=keep_events(settings))


def open_bell(settings: Settings, adapters: Adapters) -> SqsBell:
    """The queue that calls the sender. Raises `setting_invalid`."""
    require(settings, "deliveries_queue_url")
    return SqsBell(sqs_client(adapters.session), settings.deliveries_queue_url or "")


def open_insights(settings: Settings, adapters: Adapters) -> DynamoDbInsights:
    """What was counted. Raises `setting_invalid`."""
    client = dynamodb_client(adapters.session)
    keep = keep_quality(settings)
    return DynamoDbInsights(client, settings.table or "", keep_days=settings.insight_days, keep_slots=keep)


def open_spending(settings: Settings, adapters: Adapters) -> Spending:
    """The limits, and what was spent of them."""
    ledger = DynamoDbLedger(dynamodb_client(adapters.session), settings.table or "")
    media = workflow_media_settings(settings)
    return Spending(adapters.catalog, ledger, adapters.clock, allowance(settings), media)


def open_watch(settings: Settings, adapters: Adapters) -> Watch:
    """How films play."""
    return Watch(open_insights(settings, adapters), adapters.clock, settings.stall_percent)


def open_figures(settings: Settings, adapters: Adapters) -> Figures:
    """What an operator watches."""
    watch, spending = open_watch(settings, adapters), open_spending(settings, adapters)
    return Figures(watch, spending, adapters.catalog, open_webhooks(settings, adapters), adapters.clock)


def open_replica(settings: Settings, adapters: Adapters) -> S3Replica | None:
    """The copy in the second Region, when the deployment has one. Raises `setting_invalid`."""
    if settings.replica_region is None:
        return None
    require(settings, "replica_bucket")
    s3 = replica_s3_client(adapters.session, settings.replica_region)
    return S3Replica(s3, settings.replica_bucket or "", settings.replica_region, settings.noncurrent_days)


def open_copies(settings: Settings, adapters: Adapters) -> CloudCopies:
    """What lies beside the objects that are listed. Raises `setting_invalid`."""
    require(settings, "distribution_id")
    keeping = Keeping(noncurrent_days=settings.noncurrent_days, purge=settings.purge_deleted)
    s3, cloudfront = s3_client(adapters.session), cloudfront_client(adapters.session)
    return CloudCopies(s3, settings.bucket or "", cloudfront, settings.distribution_id or "", keeping)


def open_meter(settings: Settings, adapters: Adapters, keys: Keys) -> DynamoDbMeter:
    """What callers took of what they may ask."""
    return DynamoDbMeter(dynamodb_client(adapters.session), settings.table or "", keys)


def open_keys(settings: Settings, session: boto3.Session) -> SecretKeys:
    """The signing keys. Raises `setting_invalid`."""
    require(settings, "secret_arn", "key_value_store_arn")
    return SecretKeys(
        secrets_manager_client(session),
        settings.secret_arn or "",
        _edge_store(settings, session),
        SystemClock(),
        SystemEntropy(),
        Pace(settle_seconds=settings.key_settle_seconds),
        leniency(settings),
    )


def rotate_keys(settings: Settings, *, only_first: bool, at_once: bool) -> str:
    """Sign with a new key from now on, or with `only_first` make one when there is none; the `kid` that signs.

    While that would end valid tokens it changes nothing, unless it is to be `at_once`: the next call by schedule does.
    Raises `setting_invalid`, `keys_unavailable`, `edge_unavailable`; call it again, it finishes what it began.
    """
    keys = open_keys(settings, boto3.Session())
    if only_first and (signing := _signing(keys)) is not None:
        keys.tell_edge()  # the deployment may have become more lenient, or less
        return signing
    now, policy = SystemClock().now(), session_policy(settings)
    # A key goes on signing while its successor settles, and for as long again in who remembers it.
    life = timedelta(seconds=policy.max_ttl_seconds + 2 * settings.key_settle_seconds)
    until, longest_token = now + policy.longest_session, None if at_once else life
    try:
        return keys.rotate(now=now, keep_for_renewal_until=until, longest_token=longest_token).kid
    except MatineeError as error:
        if error.code is not ErrorCode.KEYS_IN_USE:
            raise
        log.warning("signing key not rotated", extra={"reason": error.detail})
        return keys.signing_key().kid


def replace_keys(settings: Settings) -> str:
    """A new key and no other: every token made before is refused, at the edges within seconds; its `kid`.

    Raises as `rotate_keys` does; call it again when it fails.
    """
    return open_keys(settings, boto3.Session()).replace_all().kid


def _signing(keys: SecretKeys) -> str | None:
    try:
        return keys.signing_key().kid
    except MatineeError as error:
        if error.code is not ErrorCode.GATE_NOT_READY:
            raise
        return None


def _edge_store(settings: Settings, session: boto3.Session) -> EdgeStore:
    require(settings, "key_value_store_arn")
    return EdgeStore(key_value_store_client(session), settings.key_value_store_arn or "", SystemEntropy())
