"""The AWS adapters of one deployment, made once for a function. It must not decide anything.

What each function does with them, and so what its role may do, is in `wiring_cloud` and `wiring_steps`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import boto3

from matinee.adapters.aws.clients import dynamodb_client, s3_client, step_functions_client
from matinee.adapters.aws.dynamodb_catalog import DynamoDbCatalog
from matinee.adapters.aws.dynamodb_revocations import DynamoDbRevocations
from matinee.adapters.aws.s3_store import S3Store
from matinee.adapters.aws.step_functions_starter import StepFunctionsStarter
from matinee.adapters.local.system_clock import SystemClock, SystemEntropy
from matinee.config import Settings, require
from matinee.domain.token import SigningKey
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.keys import Keys
from matinee.ports.revocations import Revocations


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


def open_revocations(settings: Settings, adapters: Adapters) -> Revocations:
    """The revoked sessions."""
    return DynamoDbRevocations(dynamodb_client(adapters.session), settings.table or "")


def open_keys(settings: Settings, adapters: Adapters) -> Keys:
    """The signing keys."""
    del settings, adapters
    return _NoKeys()


class _NoKeys:
    """No key yet: every question raises `gate_not_ready`."""

    def signing_key(self) -> SigningKey:
        raise _not_ready()

    def verification_keys(self) -> Mapping[str, bytes]:
        raise _not_ready()

    def renewal_keys(self) -> Mapping[str, bytes]:
        raise _not_ready()

    def replace_all(self) -> SigningKey:
        raise _not_ready()

    def rotate(self, *, now: datetime, keep_for_renewal_until: datetime) -> SigningKey:
        del now, keep_for_renewal_until
        raise _not_ready()


def _not_ready() -> MatineeError:
    return MatineeError(ErrorCode.GATE_NOT_READY, "There is no signing key yet; rotate the keys once.")
