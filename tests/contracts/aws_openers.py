"""Opens the AWS adapters against the emulator, in this process or in a child; picklable with `functools.partial`."""

from matinee.adapters.aws.clients import s3_client
from matinee.adapters.aws.s3_store import S3Store
from tests.contracts.emulator import Caller


def open_s3_store(caller: Caller, bucket: str) -> S3Store:
    """The store in `bucket`; a new client each time, as another process has."""
    return S3Store(s3_client(caller.session(), caller.url), bucket)
