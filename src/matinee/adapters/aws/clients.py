"""The AWS clients the adapters are given, each with its limits. It must not know what is done with them.

`wiring` calls this; nobody else makes a client. The session says who is calling and in which Region.
"""

import re
from typing import TYPE_CHECKING, Any

import boto3
from botocore.awsrequest import AWSRequest
from botocore.config import Config

from matinee.errors import ErrorCode, MatineeError

if TYPE_CHECKING:  # the stubs are for checking only: nothing of them is installed beside a running Matinee
    from mypy_boto3_cloudfront import CloudFrontClient
    from mypy_boto3_cloudfront_keyvaluestore import CloudFrontKeyValueStoreClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_stepfunctions import SFNClient

CONNECTIONS = 32  # threads of one process that may ask at once; botocore's own 10 made the eleventh wait
TRIES = 5  # of throttling, 5xx and broken connections, with growing pauses and jitter; then the caller hears of it


def check_caller(session: boto3.Session | None = None) -> None:
    """A person's own credentials and Region are there, whatever they are worth. Raises `setting_invalid`."""
    session = session or boto3.Session()
    if not session.region_name:
        sentence = "AWS_DEFAULT_REGION is not set; set it to the deployment's Region, such as eu-central-1."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence)
    if session.get_credentials() is None:
        sentence = "There are no AWS credentials here; sign in (`aws sso login`, then set AWS_PROFILE) and try again."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence)


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


def replica_s3_client(session: boto3.Session, region: str, endpoint_url: str | None = None) -> "S3Client":
    """S3 in the second Region, which may be away: whoever waits for it hears so within API Gateway's half a minute."""
    config = Config(
        signature_version="s3v4",
        connect_timeout=2,
        read_timeout=5,
        retries={"mode": "standard", "total_max_attempts": 2},
    )
    return session.client("s3", region_name=region, config=config, endpoint_url=endpoint_url)


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


def cloudfront_client(session: boto3.Session, endpoint_url: str | None = None) -> "CloudFrontClient":
    """CloudFront itself, asked once a deletion; it takes its time, and throttles."""
    config = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": TRIES})
    return session.client("cloudfront", config=config, endpoint_url=endpoint_url)


def sqs_client(session: boto3.Session, endpoint_url: str | None = None) -> "SQSClient":
    """SQS, told of what is due."""
    config = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": TRIES})
    return session.client("sqs", config=config, endpoint_url=endpoint_url)


def secrets_manager_client(session: boto3.Session, endpoint_url: str | None = None) -> "SecretsManagerClient":
    """Secrets Manager, asked once a minute by who mints."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": TRIES})
    return session.client("secretsmanager", config=config, endpoint_url=endpoint_url)


def service_client(session: boto3.Session, service: str) -> Any:
    """A service that a person asks something of now and then; nobody installs its stubs for that."""
    config = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "total_max_attempts": TRIES})
    return session.client(service, config=config)  # type: ignore[call-overload] # any service


ACCOUNT_OF_LOOPBACK = re.compile(r"(?<=//)\d{12}\.(?=(?:127\.0\.0\.1|localhost)(?:[:/]|$))")


def key_value_store_client(session: boto3.Session, endpoint_url: str | None = None) -> "CloudFrontKeyValueStoreClient":
    """The data of CloudFront's KeyValueStores. It wants SigV4A signatures, which botocore leaves to awscrt."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": TRIES})
    client = session.client("cloudfront-keyvaluestore", config=config, endpoint_url=endpoint_url)
    client.meta.events.register("before-sign.cloudfront-keyvaluestore", _one_name_for_all_accounts)
    return client


def _one_name_for_all_accounts(request: AWSRequest, **_: object) -> None:
    """AWS has a host for each account; botocore puts its number before an emulator's address too."""
    request.url = ACCOUNT_OF_LOOPBACK.sub("", request.url or "")
