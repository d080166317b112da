"""The AWS clients the adapters are given, each with its limits. It must not know what is done with them.

`wiring` calls this; nobody else makes a client. The session says who is calling and in which Region.
"""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:  # the stubs are for checking only: nothing of them is installed beside a running Matinee
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

CONNECTIONS = 32  # threads of one process that may ask at once; botocore's own 10 made the eleventh wait
TRIES = 5  # of throttling, 5xx and broken connections, with growing pauses and jitter; then the caller hears of it


def s3_client(session: boto3.Session, endpoint_url: str | None = None) -> "S3Client":
    """S3 at the Region's own endpoint: a link through the global one would be redirected, and its signature lost."""
    config = Config(
        signature_version="s3v4",  # the older one is still made for some Regions, and no checksum can be signed with it
        connect_timeout=5,
        read_timeout=60,
        max_pool_connections=CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        s3={"us_east_1_regional_endpoint": "regional"},
    )
    return session.client("s3", config=config, endpoint_url=endpoint_url)


def dynamodb_client(session: boto3.Session, endpoint_url: str | None = None) -> "DynamoDBClient":
    """DynamoDB answers in milliseconds or not at all: short time-outs let a retry meet another host soon."""
    config = Config(
        connect_timeout=2,
        read_timeout=5,
        max_pool_connections=CONNECTIONS,
        retries={"mode": "standard", "total_max_attempts": TRIES},
    )
    return session.client("dynamodb", config=config, endpoint_url=endpoint_url)


def step_functions_client(session: boto3.Session, endpoint_url: str | None = None) -> "SFNClient":
    """Step Functions, asked once a run."""
    config = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": TRIES})
    return session.client("stepfunctions", config=config, endpoint_url=endpoint_url)
