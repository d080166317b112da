"""Opens the AWS adapters against the emulator, in this process or in a child; picklable with `functools.partial`."""

from datetime import timedelta

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
from matinee.domain.leniency import STRICT, Leniency
from matinee.services.standing import Side
from tests.contracts.emulator import Caller

NO_WAIT = Pace(remember_seconds=0, settle_seconds=0)


def open_s3_store(caller: Caller, bucket: str) -> S3Store:
    """The store in `bucket`; a new client each time, as another process has."""
    return S3Store(s3_client(caller.session(), caller.url), bucket)


def open_cloud_copies(caller: Caller, bucket: str, distribution_id: str, keeping: Keeping) -> CloudCopies:
    """What lies beside the objects of `bucket`."""
    s3, cloudfront = s3_client(caller.session(), caller.url), cloudfront_client(caller.session(), caller.url)
    return CloudCopies(s3, bucket, cloudfront, distribution_id, keeping)


def open_s3_replica(caller: Caller, bucket: str, region: str) -> S3Replica:
    """The copy in `bucket`, which lies in `region`."""
    return S3Replica(replica_s3_client(caller.session(), region, caller.url), bucket, region, noncurrent_days=30)


def open_dynamodb_catalog(caller: Caller, table: str) -> DynamoDbCatalog:
    """The catalog in `table`."""
    return DynamoDbCatalog(dynamodb_client(caller.session(), caller.url), table, SystemEntropy())


def open_dynamodb_revocations(caller: Caller, table: str) -> DynamoDbRevocations:
    """The revocations in `table`."""
    return DynamoDbRevocations(dynamodb_client(caller.session(), caller.url), table)


def open_dynamodb_audit(caller: Caller, table: str) -> DynamoDbAudit:
    """The record of what was done with sessions, in `table`."""
    return DynamoDbAudit(dynamodb_client(caller.session(), caller.url), table)


def open_dynamodb_webhooks(caller: Caller, table: str) -> DynamoDbWebhooks:
    """Endpoints, events and deliveries in `table`."""
    client = dynamodb_client(caller.session(), caller.url)
    return DynamoDbWebhooks(client, table, SystemEntropy(), keep=timedelta(days=30))


def open_aws_side(caller: Caller, bucket: str, table: str) -> Side:
    """The whole library of a deployment."""
    client = dynamodb_client(caller.session(), caller.url)
    return Side(
        name=bucket,
        store=open_s3_store(caller, bucket),
        catalog=open_dynamodb_catalog(caller, table),
        insights=DynamoDbInsights(client, table, keep_days=400, keep_slots=timedelta(hours=1)),
        webhooks=open_dynamodb_webhooks(caller, table),
    )


def open_sqs_bell(caller: Caller, queue: str) -> SqsBell:
    """The queue of that URL."""
    return SqsBell(sqs_client(caller.session(), caller.url), queue)


def open_step_functions_starter(caller: Caller, workflow: str) -> StepFunctionsStarter:
    """The starter of the workflow of that ARN."""
    return StepFunctionsStarter(step_functions_client(caller.session(), caller.url), workflow, SystemEntropy())


def open_edge_store(caller: Caller, arn: str) -> EdgeStore:
    """The KeyValueStore of that ARN."""
    return EdgeStore(key_value_store_client(caller.session(), caller.url), arn, SystemEntropy())


def open_edge_revocations(caller: Caller, table: str, store: str) -> EdgeRevocations:
    """The revocations in `table`, told to the gate in the KeyValueStore of that ARN."""
    return EdgeRevocations(open_dynamodb_revocations(caller, table), open_edge_store(caller, store))


def open_secret_keys(
    caller: Caller, secret: str, store: str, pace: Pace = NO_WAIT, leniency: Leniency = STRICT
) -> SecretKeys:
    """The signing keys in those ARNs' secret and KeyValueStore. Nobody waits for edges here: there are none."""
    return SecretKeys(
        secrets_manager_client(caller.session(), caller.url),
        secret,
        open_edge_store(caller, store),
        SystemClock(),
        SystemEntropy(),
        pace,
        leniency,
    )
