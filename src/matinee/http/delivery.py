"""The local edge, CloudFront's twin: `/t/{token}/…` through the gate, and the store's own signed links.

It must not know how the gate decides or how a store signs. It stands before the API's framework, since every segment
comes through here: one check, one open, and the kernel sends the file.

    /t/{token}/{asset}/…     GET, HEAD   a viewer's media (services.playback.Gate)
    /objects/{key}?…         GET, HEAD   a link to one object
    /parts/{upload}/{n}?…    PUT         a link for one part
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from urllib.parse import parse_qsl

from starlette.types import Receive, Scope, Send

from matinee.domain.content_types import content_type_of
from matinee.domain.object_keys import INDEX_NAME, check_key
from matinee.errors import KINDS, ErrorCode, MatineeError
from matinee.http.problems import PROBLEM_TYPE, RETRY_AFTER_SECONDS, problem_body
from matinee.http.ranges import Selection, http_date, quoted, select
from matinee.http.sendfile import send_file
from matinee.http.viewer import viewer_address
from matinee.ports.object_store import ObjectInfo, OpenObject, PartGrant, PartSink, ServedStore
from matinee.services.just_in_time import JustInTime, MadeFile
from matinee.services.playback import Gate

log = logging.getLogger(__name__)

Headers = list[tuple[bytes, bytes]]

PREFIXES = ("/t/", "/objects/", "/parts/")
# Everything under a version or a run is immutable; the token in the address keeps one viewer's cache from another's.
IMMUTABLE = b"private, max-age=86400, immutable"
WRITE_BYTES = 1024 * 1024  # one hop to a thread for each: small enough for memory, large enough not to matter

# A player on another site may read what its token admits to; there is nothing else here to protect from it.
CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"content-length, content-range, etag, x-matinee-denial"),
    (b"cross-origin-resource-policy", b"cross-origin"),
    (b"x-content-type-options", b"nosniff"),
]
PREFLIGHT: Headers = [
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-allow-headers", b"range, if-range, if-none-match, if-modified-since"),
    (b"access-control-max-age", b"86400"),
    (b"content-length", b"0"),
]


class Delivery:
    """An ASGI application for the addresses above."""

    def __init__(self, gate: Gate, store: ServedStore, just_in_time: JustInTime) -> None:
        self._gate = gate
        self._store = store
        self._just_in_time = just_in_time

    @staticmethod
    def serves(path: str) -> bool:
        """Whether `path` is answered here."""
        return path.startswith(PREFIXES) or path == "/t"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        path: str = scope["path"]
        try:
            if path.startswith("/parts/"):
                await self._part(scope, receive, send)
            elif path.startswith("/objects/"):
                await self._object(scope, send)
            else:
                await self._media(scope, send)
        except MatineeError as error:
            await _refuse(send, error, head_only=scope["method"] == "HEAD")

    async def _media(self, scope: Scope, send: Send) -> None:
        if scope["method"] == "OPTIONS":
            await _answer(send, 204, CORS + PREFLIGHT)
            return
        _allow(scope, "GET", "HEAD", "OPTIONS")
        token, path = split_token(scope["raw_path"])
        key = self._gate.admit(token, path, viewer_address(scope))
        content_type = content_type_of(key) or "application/octet-stream"
        headers = [*CORS, (b"content-type", content_type.encode()), (b"cache-control", IMMUTABLE)]
        opened = await self._found(key)
        if isinstance(opened, MadeFile):
            await _send_made(scope, send, opened, headers)
            return
        try:
            await _send_object(scope, send, opened, headers)
        finally:
            opened.file.close()

    async def _found(self, key: str) -> OpenObject | MadeFile:
        """The object, or the file made just in time in its place."""
        absent = MatineeError(ErrorCode.OBJECT_NOT_FOUND, f"There is no object {key!r}.")
        if not key.endswith(f"/{INDEX_NAME}"):
            try:
                return self._store.open(key)
            except MatineeError as error:
                if error.code is not ErrorCode.OBJECT_NOT_FOUND:
                    raise
                absent = error
        made = await asyncio.to_thread(self._just_in_time.open, key)
        if made is None:
            raise absent
        return made

    async def _object(self, scope: Scope, send: Send) -> None:
        _allow(scope, "GET", "HEAD")
        key = self._store.admit_get(scope["path"], query_of(scope))
        opened = self._store.open(check_key(key))
        try:
            content_type = (opened.info.content_type or "application/octet-stream").encode("latin-1", "replace")
            headers = [*CORS, (b"content-type", content_type), (b"cache-control", b"private, no-cache")]
            # A page somebody stored must not run as one of ours: it is served in a sandbox (CSP level 3, 6.3).
            headers.append(
                (b"content-security-policy", b"sandbox; default-src 'none'; media-src 'self'; img-src 'self'")
            )
            await _send_object(scope, send, opened, headers)
        finally:
            opened.file.close()

    async def _part(self, scope: Scope, receive: Receive, send: Send) -> None:
        _allow(scope, "PUT")
        grant = self._store.admit_part(scope["path"], query_of(scope))
        _check_length(scope, grant)
        sink = await asyncio.to_thread(self._store.receive_part, grant)
        try:
            if not await _receive_into(sink, receive):
                return  # the sender went away: nobody to answer, nothing kept
            part = await asyncio.to_thread(sink.commit)
        finally:
            await asyncio.to_thread(sink.discard)  # after a commit there is nothing left to discard
        await _answer(send, 200, [(b"etag", quoted(part.etag).encode()), (b"content-length", b"0")])


def split_token(raw_path: bytes) -> tuple[str, str]:
    """`/t/{token}/{path}` as (token, "/path"), both undecoded: what is signed is compared byte by byte.

    An address that only decodes to one of that form is, as a whole, no token.
    """
    address = raw_path.partition(b"?")[0].decode("latin-1")
    if address == "/t":
        return "", ""
    if not address.startswith("/t/"):
        return address, ""
    token, slash, path = address.removeprefix("/t/").partition("/")
    return token, slash + path


def query_of(scope: Scope) -> Mapping[str, str]:
    """The query's fields. Raises `link_invalid` when one comes twice: then it is not ours."""
    fields = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    query = dict(fields)
    if len(query) != len(fields):
        raise MatineeError(ErrorCode.LINK_INVALID, "This link was changed on its way; copy it again in full.")
    return query


async def _send_object(scope: Scope, send: Send, opened: OpenObject, headers: Headers) -> None:
    answer = await _begun(scope, send, opened.info, headers)
    if answer is None:
        return
    selection, headers = answer
    count = 0 if scope["method"] == "HEAD" else selection.count
    await send_file(
        send,
        status=selection.status,
        headers=headers,
        path_or_fd=opened.file.fileno(),
        offset=selection.offset,
        count=count,
        extensions=scope.get("extensions"),
    )


async def _send_made(scope: Scope, send: Send, made: MadeFile, headers: Headers) -> None:
    answer = await _begun(scope, send, made.info, headers)
    if answer is None:
        return
    selection, headers = answer
    count = 0 if scope["method"] == "HEAD" else selection.count
    parts = made.read(selection.offset, count)
    # Before the first byte leaves, a source that is gone can still be said; after it, the length cannot be kept.
    data = await asyncio.to_thread(_joined, parts)
    await send({"type": "http.response.start", "status": selection.status, "headers": headers})
    while data:
        await send({"type": "http.response.body", "body": data, "more_body": True})
        try:
            data = await asyncio.to_thread(_joined, parts)
        except MatineeError as error:
            raise OSError(f"{made.info.key} could not be read to its end; the answer is cut") from error
    await send({"type": "http.response.body", "body": b""})


def _joined(parts: Iterator[bytes]) -> bytes:
    """The next of them, as many as make a hop to a thread worth its while."""
    gathered = bytearray()
    for data in parts:
        gathered += data
        if len(gathered) >= WRITE_BYTES:
            break
    return bytes(gathered)


async def _begun(scope: Scope, send: Send, info: ObjectInfo, headers: Headers) -> tuple[Selection, Headers] | None:
    """Which bytes to answer with, and the headers; None when the answer has been given: there are no such bytes."""
    selection = select(info, _headers_of(scope))
    if selection.status == 416:
        unsatisfied = (b"content-range", f"bytes */{info.size_bytes}".encode())
        sentence = f"The range lies outside of the object's {info.size_bytes} bytes."
        await _refuse(send, MatineeError(ErrorCode.RANGE_NOT_SATISFIABLE, sentence), extra=[unsatisfied])
        return None
    return selection, headers + _validators(info) + _lengths(info, selection)


def _validators(info: ObjectInfo) -> Headers:
    return [
        (b"etag", quoted(info.etag).encode("latin-1")),
        (b"last-modified", http_date(info.modified_at).encode()),
        (b"accept-ranges", b"bytes"),
    ]


def _lengths(info: ObjectInfo, selection: Selection) -> Headers:
    if selection.status == 304:
        return []
    headers = [(b"content-length", str(selection.count).encode())]
    if selection.status == 206:
        last = selection.offset + selection.count - 1
        headers.append((b"content-range", f"bytes {selection.offset}-{last}/{info.size_bytes}".encode()))
    return headers


def _headers_of(scope: Scope) -> dict[str, str]:
    wanted = (b"range", b"if-range", b"if-none-match", b"if-modified-since")
    return {name.decode(): value.decode("latin-1") for name, value in scope["headers"] if name in wanted}


def _allow(scope: Scope, *methods: str) -> None:
    if scope["method"] not in methods:
        raise MatineeError(ErrorCode.METHOD_NOT_ALLOWED, f"Only {', '.join(methods)} is possible here.")


def _check_length(scope: Scope, grant: PartGrant) -> None:
    lengths = [value for name, value in scope["headers"] if name == b"content-length"]
    if lengths != [str(grant.size_bytes).encode()]:
        sentence = f"Part {grant.number} has exactly {grant.size_bytes} bytes; send those, with their Content-Length."
        raise MatineeError(ErrorCode.PART_INVALID, sentence)


async def _receive_into(sink: PartSink, receive: Receive) -> bool:
    """All of the body into `sink`; False when the sender went away before its end."""
    buffer = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return False
        buffer += message.get("body", b"")
        more = message.get("more_body", False)
        if buffer and (len(buffer) >= WRITE_BYTES or not more):
            await asyncio.to_thread(sink.write, bytes(buffer))
            buffer.clear()
    return True


async def _answer(send: Send, status: int, headers: Headers, body: bytes = b"") -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _refuse(send: Send, error: MatineeError, *, head_only: bool = False, extra: Headers | None = None) -> None:
    """The denial: code in the body and in `X-Matinee-Denial`, never cached."""
    status = KINDS[error.code].status
    body = problem_body(error.code, error.detail)
    headers = [
        *CORS,
        (b"content-type", PROBLEM_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-matinee-denial", str(error.code).encode()),
        *(extra or []),
    ]
    if status == 503:
        headers.append((b"retry-after", RETRY_AFTER_SECONDS.encode()))
    await _answer(send, status, headers, b"" if head_only else body)
