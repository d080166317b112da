"""Opens the AWS adapters against the emulator, in this process or in a child; picklable with `functools.partial`."""

from matinee.adapters.aws.clients import dynamodb_client, s3_client, step_functions_client
from matinee.adapters.aws.dynamodb_catalog import DynamoDbCatalog
from matinee.adapters.aws.dynamodb_revocations import DynamoDbRevocations
from matinee.adapters.aws.s3_store import S3Store
from matinee.adapters.aws.step_functions_starter import StepFunctionsStarter
from matinee.adapters.local.system_clock import SystemEntropy
from tests.contracts.emulator import Caller


def open_s3_store(caller: Caller, bucket: str) -> S3Store:
    """The store in `bucket`; a new client each time, as another process has."""
    return S3Store(s3_client(caller.session(), caller.url), bucket)


def open_dynamodb_catalog(caller: Caller, table: str) -> DynamoDbCatalog:
    """The catalog in `table`."""
    return DynamoDbCatalog(dynamodb_client(caller.session(), caller.url), table, SystemEntropy())


def open_dynamodb_revocations(caller: Caller, table: str) -> DynamoDbRevocations:
    """The revocations in `table`."""
    return DynamoDbRevocations(dynamodb_client(caller.session(), caller.url), table)


def open_step_functions_starter(caller: Caller, workflow: str) -> StepFunctionsStarter:
    """The starter of the workflow of that ARN."""
    return StepFunctionsStarter(step_functions_client(caller.session(), caller.url), workflow, SystemEntropy())
