"""The account behind a deployment, asked by a person with credentials of their own. It decides nothing."""

import re

import boto3

from matinee.adapters.aws.account import AwsAccount, Clients
from matinee.adapters.aws.clients import (
    check_caller,
    cloudfront_client,
    key_value_store_client,
    s3_client,
    secrets_manager_client,
    service_client,
)
from matinee.errors import ErrorCode, MatineeError

# As terraform/storage.tf names it: the deployment, its account and its Region.
BUCKET = re.compile(r"(?P<name>[a-z0-9-]+)-[0-9]{12}-(?P<region>[a-z]{2,}(-[a-z]+)+-[0-9]+)-media")


def open_account(bucket: str) -> AwsAccount:
    """The account of the deployment with that media bucket. Raises `setting_invalid`. Nothing is asked of AWS yet."""
    found = BUCKET.fullmatch(bucket)
    if found is None:
        sentence = f"{bucket[:80]!r} is no deployment's bucket; give the name that Terraform printed: s3_bucket_name."
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence)
    session = boto3.Session(region_name=found["region"])
    check_caller(session)
    clients = Clients(
        s3=s3_client(session),
        functions=service_client(session, "lambda"),
        scheduler=service_client(session, "scheduler"),
        logs=service_client(session, "logs"),
        secrets=secrets_manager_client(session),
        cloudfront=cloudfront_client(session),
        key_values=key_value_store_client(session),
    )
    return AwsAccount(clients, found["name"], bucket)
