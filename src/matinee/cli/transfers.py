"""Sending the parts of one file, several at a time. It must not know how an upload begins or ends.

Every part is hashed, its link signed together with the sum, then streamed from the disk: memory holds one block per
connection, whatever the size of the film.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

import httpx

from matinee.cli.client import CONNECT_SECONDS, Api, Json, is_this_machine, path_of, problem_of, unreachable
from matinee.cli.patience import Patience
from matinee.cli.upload_memory import SourceFile
from matinee.errors import ErrorCode, MatineeError

BLOCK_BYTES = 256 * 1024
MAX_BATCH = 16  # links are short-lived: no more are asked for than are soon used
MAX_BATCH_BYTES = 256 * 1024 * 1024  # nor more hashed before the first byte leaves
STALL_SECONDS = 60.0  # a connection that moves nothing for so long is taken for dead
MAX_RENEWALS = 3

# Answers after which the part is read, hashed and signed anew. `scope_missing` is how S3's own 403 is read.
RENEW = frozenset(
    {
        ErrorCode.LINK_EXPIRED,
        ErrorCode.LINK_INVALID,
        ErrorCode.SCOPE_MISSING,
        ErrorCode.CHECKSUM_MISMATCH,
        ErrorCode.PART_INVALID,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPart:
    """Where one part lies in the file; numbers begin at 1."""

    number: int
    offset: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Link:
    """Where one part goes, with the headers it must have."""

    part: PlannedPart
    url: str
    headers: dict[str, str]


def missing_parts(upload: Json) -> tuple[PlannedPart, ...]:
    """The parts the store does not hold, or holds with another size, in order (`upload` is the API's body)."""
    held = {part["number"]: part["size_bytes"] for part in upload["parts"]}
    step, size = int(upload["part_size_bytes"]), int(upload["size_bytes"])
    whole = (
        PlannedPart(number=number, offset=offset, size_bytes=min(step, size - offset))
        for number, offset in enumerate(range(0, size, step), start=1)
    )
    return tuple(part for part in whole if held.get(part.number) != part.size_bytes)


def batches(parts: Sequence[PlannedPart]) -> Iterator[tuple[PlannedPart, ...]]:
    """`parts` in order, at most 16 and about 256 MiB at a time."""
    batch: list[PlannedPart] = []
    for part in parts:
        if batch and (len(batch) == MAX_BATCH or sum(p.size_bytes for p in batch) + part.size_bytes > MAX_BATCH_BYTES):
            yield tuple(batch)
            batch = []
        batch.append(part)
    if batch:
        yield tuple(batch)


class PartSender:
    """Sends parts of `source` to one upload; `moved` hears of bytes sent, negative when they must be sent again."""

    def __init__(
        self, api: Api, patience: Patience, source: SourceFile, upload_id: str, moved: Callable[[int], None]
    ) -> None:
        self._api = api
        self._patience = patience
        self._source = source
        self._upload_id = upload_id
        self._moved = moved

    def send_all(self, parts: Sequence[PlannedPart], *, parallel: int) -> None:
        """Send `parts`, `parallel` at a time. On an error or Ctrl-C the others stop too; what arrived stays there."""
        with self._connections() as http, ThreadPoolExecutor(parallel) as pool:
            pending: set[Future[None]] = set()
            try:
                for batch in batches(parts):
                    links = self._patience.ask(lambda batch=batch: self._sign(batch))  # type: ignore[misc]
                    pending = _at_most(parallel, pending)  # meanwhile the batch before was on its way
                    pending |= {pool.submit(self._send, http, link) for link in links}
                _at_most(0, pending)
            except BaseException:
                self._patience.stop()
                pool.shutdown(cancel_futures=True)
                raise

    def _connections(self) -> httpx.Client:
        """Without the API token: a signed link is its own permission, and may lead to another host."""
        timeout = httpx.Timeout(STALL_SECONDS, connect=CONNECT_SECONDS)
        return httpx.Client(timeout=timeout, trust_env=not is_this_machine(self._api.url))

    def _sign(self, parts: Sequence[PlannedPart]) -> list[Link]:
        wishes = [{"number": part.number, "sha256": self._sha256(part)} for part in parts]
        answer = self._api.post(path_of("uploads", self._upload_id, "parts"), {"parts": wishes})
        given = {link["number"]: link for link in answer["parts"]}
        return [Link(part, given[part.number]["url"], given[part.number]["headers"]) for part in parts]

    def _send(self, http: httpx.Client, link: Link) -> None:
        tries = renewals = 0
        while True:
            try:
                self._put(http, link)
            except MatineeError as error:
                self._source.check_unchanged()
                if error.code in RENEW and renewals < MAX_RENEWALS:
                    renewals += 1
                    link = self._patience.ask(lambda part=link.part: self._sign([part])[0])  # type: ignore[misc]
                    continue
                tries += 1
                self._patience.endure(error, tries)
            else:
                self._patience.recovered()
                return

    def _put(self, http: httpx.Client, link: Link) -> None:
        sent = 0

        def body() -> Iterator[bytes]:
            nonlocal sent
            for block in self._blocks(link.part):
                yield block
                sent += len(block)
                self._moved(len(block))

        headers = link.headers | {"Content-Length": str(link.part.size_bytes)}
        try:
            response = http.put(link.url, content=body(), headers=headers)
            if not response.is_success:
                raise problem_of(response)
        except httpx.TransportError as error:
            self._moved(-sent)
            raise unreachable(link.url, error) from error
        except MatineeError:
            self._moved(-sent)
            raise

    def _sha256(self, part: PlannedPart) -> str:
        digest = hashlib.sha256()
        for block in self._blocks(part):
            digest.update(block)
        return base64.b64encode(digest.digest()).decode("ascii")

    def _blocks(self, part: PlannedPart) -> Iterator[bytes]:
        with self._source.path.open("rb") as file:
            file.seek(part.offset)
            left = part.size_bytes
            while left:
                self._patience.check()
                block = file.read(min(BLOCK_BYTES, left))
                if not block:
                    self._source.check_unchanged()
                    sentence = f"{self._source.path} ended early; see whether its disk is well, then upload it again."
                    raise MatineeError(ErrorCode.FIELD_INVALID, sentence)
                left -= len(block)
                yield block


def _at_most(count: int, pending: set[Future[None]]) -> set[Future[None]]:
    """Wait until no more than `count` are pending; raises what one of them raised."""
    while len(pending) > count:
        done, pending = wait(pending, return_when=FIRST_COMPLETED)
        for future in done:
            future.result()
    return pending
