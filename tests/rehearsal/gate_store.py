"""What the deployed gate reads, put there by a test. It must not know what entries mean."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from matinee.adapters.aws.clients import key_value_store_client
from tests.rehearsal.deployment import Deployment


class GateStore:
    """The entries of the deployment's KeyValueStore."""

    def __init__(self, deployment: Deployment) -> None:
        self._arn = deployment.outputs["key_value_store_arn"]
        self._client = key_value_store_client(deployment.root.session(), deployment.root.url)

    def entries(self) -> dict[str, str]:
        """All of them; a test's store fits into one answer."""
        items = self._client.list_keys(KvsARN=self._arn, MaxResults=50).get("Items", [])
        return {item["Key"]: item["Value"] for item in items}

    def replace(self, entries: Mapping[str, str]) -> None:
        """These and no others."""
        old = self.entries()
        if old == entries:
            return
        self._client.update_keys(
            KvsARN=self._arn,
            IfMatch=self._client.describe_key_value_store(KvsARN=self._arn)["ETag"],
            Puts=[{"Key": key, "Value": value} for key, value in entries.items()],
            Deletes=[{"Key": key} for key in old if key not in entries],
        )

    @contextmanager
    def borrowed(self) -> Iterator["GateStore"]:
        """For as long as the block lasts; then it holds again what it held."""
        kept = self.entries()
        try:
            yield self
        finally:
            self.replace(kept)
