"""The rehearsed deployment as the shared scenarios see it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.rehearsal.deployment import Deployment
from tests.rehearsal.people import add_person, sign_in


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployment, with the access token of a publisher."""

    deployment: Deployment
    token: str

    def publisher(self) -> httpx.Client:
        """See `Place`."""
        return self.anyone(Authorization=f"Bearer {self.token}")

    def reader(self) -> httpx.Client:
        """See `Place`."""
        person = add_person(self.deployment, "viewer")
        token = sign_in(self.deployment, *person, scopes="openid matinee/assets:read")
        return self.anyone(Authorization=f"Bearer {token}")

    def anyone(self, **headers: str) -> httpx.Client:
        """See `Place`; by way of the distribution."""
        return self.deployment.client(self.deployment.site, **headers)

    def reached(self, url: str) -> tuple[str, Mapping[str, str]]:
        """See `Place`: the emulator's own address, with the distribution as the host."""
        parts = urlsplit(url)
        assert parts.netloc == self.deployment.site
        address = f"{self.deployment.root.url}{parts.path}{f'?{parts.query}' if parts.query else ''}"
        return address, {"Host": parts.netloc, "X-Forwarded-Proto": "https"}

    def drop(self, file: Path, name: str) -> None:
        """See `Place`: `aws s3 cp`."""
        self._s3().upload_file(str(file), self.deployment.bucket, f"inbox/{name}")

    def keep(self, key: str, data: bytes) -> None:
        """See `Place`."""
        self._s3().put_object(Bucket=self.deployment.bucket, Key=key, Body=data)

    def link(self, key: str) -> httpx.Response:
        """See `Place`: the function of the bare link, on the API's own host."""
        host = str(self.deployment.outputs["api_endpoint"])
        with self.deployment.client(host, Authorization=f"Bearer {self.token}") as http:
            return http.get("/", params={"key": key})

    def stored(self, prefix: str) -> list[str]:
        """See `Place`: in both Regions."""
        return [
            f"{bucket}/{each['Key']}"
            for bucket in (self.deployment.bucket, self.deployment.replica)
            for each in self._s3().list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
        ]

    def parts_of_uploads(self) -> int:
        """See `Place`."""
        return len(self._s3().list_multipart_uploads(Bucket=self.deployment.bucket).get("Uploads", []))

    def _s3(self) -> Any:
        return self.deployment.root.session().client("s3", endpoint_url=self.deployment.root.url)
