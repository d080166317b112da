"""What a deployment's account tells of it; `ports.account` is what it promises. It leaves nothing behind.

For whoever runs it: s3:PutObject and s3:DeleteObject on `inbox/` and `streams/`, s3:GetObject on the latter,
s3:GetReplicationConfiguration, lambda:GetAccountSettings, scheduler:GetSchedule, logs:FilterLogEvents,
secretsmanager:ListSecrets, CreateSecret, PutSecretValue and DeleteSecret, cloudfront:DescribeKeyValueStore,
cloudfront-keyvaluestore:DescribeKeyValueStore and ListKeys.
"""

import uuid
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from matinee.adapters.aws.errors import aws_errors, code_of
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.account import GateStore, Schedule

TAKEN = "ResourceExistsException"
NOT_COPIED = "ReplicationConfigurationNotFoundError"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """How each service is asked."""

    s3: Any
    functions: Any
    scheduler: Any
    logs: Any
    secrets: Any
    cloudfront: Any
    key_values: Any


class AwsAccount:
    """Implements the `Account` port for the deployment called `name`, whose media bucket is `bucket`."""

    def __init__(self, clients: Clients, name: str, bucket: str) -> None:
        self.name = name
        self._aws = clients
        self._bucket = bucket

    def drop(self, file: Path, key: str) -> None:
        """Put a file into the bucket."""
        with _errors(f"putting {key} into {self._bucket}"):
            self._aws.s3.put_object(Bucket=self._bucket, Key=key, Body=file.read_bytes())

    def take_back(self, key: str) -> None:
        """Remove it, also when it is gone already."""
        with _errors(f"removing {key} from {self._bucket}"):
            self._aws.s3.delete_object(Bucket=self._bucket, Key=key)

    def second_region(self) -> bool:
        """Whether the bucket has a rule that copies."""
        with _errors(f"reading how {self._bucket} is copied"):
            try:
                self._aws.s3.get_bucket_replication(Bucket=self._bucket)
            except ClientError as error:
                if code_of(error) != NOT_COPIED:
                    raise
                return False
        return True

    def copied(self, key: str) -> bool:
        """As S3 says of the original (S3 User Guide, "Getting replication status information")."""
        with _errors(f"looking at {key} in {self._bucket}"):
            status = self._aws.s3.head_object(Bucket=self._bucket, Key=key).get("ReplicationStatus")
        if status == "FAILED":
            raise MatineeError(ErrorCode.CHECK_FAILED, f"S3 could not copy {key}; see the rights of the replication.")
        return bool(status == "COMPLETED")

    def functions_at_once(self) -> int:
        """How many functions of the account may run at the same time in this Region, all together."""
        with _errors("reading Lambda's limits"):
            return int(self._aws.functions.get_account_settings()["AccountLimit"]["ConcurrentExecutions"])

    def schedule(self, of: str) -> Schedule:
        """What calls the function `of`, such as `upkeep`."""
        with _errors(f"reading the schedule of {of}"):
            found = self._aws.scheduler.get_schedule(Name=f"{self.name}-{of}")
        return Schedule(
            enabled=found["State"] == "ENABLED",
            every=found["ScheduleExpression"],
            since=found["CreationDate"].astimezone(UTC),
        )

    def last_call(self, of: str, within: timedelta) -> datetime | None:
        """When the function `of` last wrote to its log, if that was within that time."""
        began, latest = datetime.now(UTC) - within, 0
        with _errors(f"reading the log of {of}"):
            pages = self._aws.logs.get_paginator("filter_log_events").paginate(
                logGroupName=f"/aws/lambda/{self.name}-{of}", startTime=int(began.timestamp() * 1000)
            )
            for page in pages:
                latest = max([latest, *(event["timestamp"] for event in page["events"])])
        return datetime.fromtimestamp(latest / 1000, UTC) if latest else None

    def key_changed_at(self) -> datetime | None:
        """When the signing keys were last written; None when there is no such secret, or only one."""
        wanted = f"{self.name}-signing-keys-"
        with _errors("looking for the secret of the signing keys"):
            pages = self._aws.secrets.get_paginator("list_secrets").paginate(
                Filters=[{"Key": "name", "Values": [wanted]}]
            )
            times = [
                secret["LastChangedDate"].astimezone(UTC)
                for page in pages
                for secret in page["SecretList"]
                if secret["Name"].startswith(wanted) and "DeletedDate" not in secret
            ]
        return max(times, default=None)

    def gate_store(self) -> GateStore:
        """What the gate reads, weighed."""
        with _errors("reading the gate's store"):
            arn = self._aws.cloudfront.describe_key_value_store(Name=f"{self.name}-gate")["KeyValueStore"]["ARN"]
            told = self._aws.key_values.describe_key_value_store(KvsARN=arn)
            sizes = [
                len(item["Key"].encode()) + len(item["Value"].encode())
                for page in self._aws.key_values.get_paginator("list_keys").paginate(KvsARN=arn)
                for item in page["Items"]
            ]
        return GateStore(entries=len(sizes), told_bytes=told["TotalSizeInBytes"], counted_bytes=sum(sizes))

    def refuses_second_value(self) -> bool:
        """Whether a version of a secret takes one value: tried on a secret of its own, which is removed again."""
        version = str(uuid.uuid4())
        with _errors("trying a secret"):
            arn = self._aws.secrets.create_secret(Name=f"{self.name}-doctor-{version}")["ARN"]
            try:
                self._aws.secrets.put_secret_value(SecretId=arn, SecretString="first", ClientRequestToken=version)
                return self._takes_no_other(arn, version)
            finally:
                self._aws.secrets.delete_secret(SecretId=arn, ForceDeleteWithoutRecovery=True)

    def _takes_no_other(self, arn: str, version: str) -> bool:
        try:
            self._aws.secrets.put_secret_value(SecretId=arn, SecretString="second", ClientRequestToken=version)
        except ClientError as error:
            if code_of(error) != TAKEN:
                raise
            return True
        return False


def _errors(doing: str) -> AbstractContextManager[None]:
    return aws_errors(doing, otherwise=ErrorCode.CHECK_FAILED)
