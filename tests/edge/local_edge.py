"""The local edge (`http.delivery`) answering a vector in this process: no server, no film, the case's keys."""

import asyncio
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any, cast

from starlette.types import Scope

from matinee.domain.ids import SessionId
from matinee.errors import ErrorCode, MatineeError
from matinee.http.delivery import Delivery
from matinee.ports.clock import Clock
from matinee.ports.encoder import Encoder
from matinee.ports.keys import Keys
from matinee.ports.object_store import ServedStore
from matinee.ports.revocations import Revocations
from matinee.services.just_in_time import JustInTime
from matinee.services.playback import Gate
from matinee.services.publishing import Publishing
from tests.edge.engines import Answer
from tests.vectors.description import Case, keys_of, leniency_of

# The gate's own; the rest of an answer (lengths) belongs to whoever sends it.
SENT_BY_THE_SERVER = {"content-length"}


class Asked:
    """The case as the gate's three ports; a request let through asks the store for a key, and is told 404."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self.admitted = ""

    def verification_keys(self) -> Mapping[str, bytes]:
        return keys_of(self._case)

    def is_revoked(self, session_id: SessionId) -> bool:
        return session_id in self._case["revoked"]

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._case["now"], UTC)

    def open(self, key: str) -> object:
        self.admitted = key.removeprefix("streams")
        raise MatineeError(ErrorCode.OBJECT_NOT_FOUND, "There are no films here.")

    def stat(self, key: str) -> object:
        raise MatineeError(ErrorCode.OBJECT_NOT_FOUND, f"There is no {key} here.")


def answer(case: Case, method: str = "GET") -> Answer:
    """The local edge's answer, in the words of an engine's."""
    asked = Asked(case)
    gate = Gate(cast("Keys", asked), cast("Revocations", asked), cast("Clock", asked), leniency_of(case))
    path, _, query = case["uri"].encode("utf-8", "surrogatepass").partition(b"?")
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path.decode("utf-8", "replace"),
        "raw_path": path,
        "query_string": query,
        "headers": [],
        "client": (case["address"], 1) if case["address"] else None,
    }
    if not Delivery.serves(scope["path"]):
        scope["path"] = "/t/"  # CloudFront normalises before it chooses, so more addresses reach its gate
    store = cast("ServedStore", asked)
    just_in_time = JustInTime(store, cast("Encoder", None), cast("Publishing", None))
    sent = asyncio.run(_messages(Delivery(gate, store, just_in_time), scope))
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(message.get("body", b"") for message in sent[1:]).decode()
    if asked.admitted:
        return Answer(status=0, uri=asked.admitted)
    kept = {name: value for name, value in headers.items() if name not in SENT_BY_THE_SERVER}
    return Answer(status=sent[0]["status"], headers=kept, body=body)


async def _messages(application: Delivery, scope: Scope) -> list[MutableMapping[str, Any]]:
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    await application(scope, receive, send)
    return sent
