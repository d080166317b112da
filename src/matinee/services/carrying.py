"""Objects from one store to another, many at once, and what has come written down there. It must not know assets.

Every byte is summed where it is read, and the store that takes it checks the sum (SHA-256): an object, or for a large
one each part of it. After every few objects a note is written beside them on the new side; whoever comes again after
an interruption reads the notes, and sends what is missing: of a large object, the parts that are.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from matinee.domain.receipt import Receipt, Sent, newest
from matinee.domain.upload import MIB, Part, choose_part_size, sum_of
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.object_store import ObjectInfo, ObjectStore, info_of, walk

# Segments go whole: in parts each would be seven requests instead of one. Times WORKERS, what the memory must bear.
WHOLE_BYTES = 32 * MIB
PIECE_BYTES = 16 * MIB
WORKERS = 16  # a distant store answers each request after some 20 ms; of the connections a client has, half
# A note is a request too; without one, this much is sent again after an interruption.
NOTE_OBJECTS = 64
NOTE_BYTES = 256 * MIB

Item = TypeVar("Item")
Result = TypeVar("Result")
Came = Callable[[int], None]


class Carrier:
    """From `source` to `target`; `came` is told of every piece, in bytes, from any thread."""

    def __init__(self, source: ObjectStore, target: ObjectStore, came: Came) -> None:
        self._source = source
        self._target = target
        self._came = came

    def carry(self, wanted: Sequence[ObjectInfo], notes: str, known: Iterable[Sent]) -> tuple[Sent, ...]:
        """All of `wanted` lie in the target as they do in the source; what was sent, notes of earlier times included.

        `notes` is where it is written down meanwhile, `known` what other notes told before. Raises `object_not_found`
        when something went while it was read, `checksum_mismatch`, and what the stores raise.
        """
        sent = dict(newest([*known, *self.noted(notes)]))
        missing = [info for info in wanted if not self._is_there(info, sent.get(info.key))]
        number = sum(1 for _ in walk(self._target, notes))
        with _workers() as pool:
            for group in _grouped([info for info in missing if info.size_bytes <= WHOLE_BYTES]):
                came = _all_of(pool, self._whole, group)
                number = self._note(notes, number, came)
                sent |= newest(came)
            for info in missing:
                if info.size_bytes > WHOLE_BYTES:
                    came = [self._in_parts(pool, info, notes)]
                    number = self._note(notes, number, came)
                    sent |= newest(came)
        return tuple(sent[info.key] for info in wanted)

    def forget_notes(self, notes: str) -> None:
        """What `carry` wrote down, once it is kept elsewhere."""
        for info in walk(self._target, notes):
            self._target.delete(info.key)

    def check(self, sent: Iterable[Sent]) -> int:
        """Read everything back; how many bytes. Raises `check_failed` at the first object that is not what was sent."""
        with _workers() as pool:
            return sum(_all_of(pool, self._read_back, list(sent)))

    def foreign(self, wanted: Sequence[ObjectInfo], notes: str) -> list[str]:
        """The keys of `wanted` under which the target holds something else that did not come from here."""
        sent = newest(self.noted(notes))

        def is_foreign(info: ObjectInfo) -> bool:
            there, came = info_of(self._target, info.key), sent.get(info.key)
            if there is None or (came is not None and came.to_tag == there.etag):
                return False
            return _sum_of_all(self._source, info.key) != _sum_of_all(self._target, info.key)

        with _workers() as pool:
            answers = _all_of(pool, is_foreign, wanted)
        return [info.key for info, foreign in zip(wanted, answers, strict=True) if foreign]

    def _is_there(self, info: ObjectInfo, sent: Sent | None) -> bool:
        if sent is None or (sent.size_bytes, sent.from_tag) != (info.size_bytes, info.etag):
            return False
        there = info_of(self._target, info.key)
        return there is not None and (there.size_bytes, there.etag) == (sent.size_bytes, sent.to_tag)

    def _whole(self, info: ObjectInfo) -> Sent:
        data = self._source.get(info.key)
        total = sum_of(data)
        there = self._target.put(info.key, data, content_type=info.content_type, sha256=total)
        self._came(len(data))
        return _sent(info, there, max(1, len(data)), [total])

    def _in_parts(self, pool: ThreadPoolExecutor, info: ObjectInfo, notes: str) -> Sent:
        piece_bytes = max(PIECE_BYTES, choose_part_size(info.size_bytes))
        handle, held = self._begun(info, notes)
        numbers = range(1, -(-info.size_bytes // piece_bytes) + 1)

        def send(number: int) -> tuple[Part, str]:
            data = self._source.get(info.key, start=(number - 1) * piece_bytes, length=piece_bytes)
            total = sum_of(data)
            part = held.get(number)
            if part is None or part.size_bytes != len(data):
                part = self._target.put_part(info.key, handle, number, data, sha256=total)
                self._came(len(data))
            return part, total

        parts = _all_of(pool, send, numbers)
        there = self._target.complete_multipart(info.key, handle, [part for part, _ in parts])
        if there.size_bytes != info.size_bytes or self._source.stat(info.key).etag != info.etag:
            raise MatineeError(ErrorCode.OBJECT_NOT_FOUND, f"{info.key} was replaced while it was read; run it again.")
        self._target.delete(_handle_key(info, notes))
        return _sent(info, there, piece_bytes, [total for _, total in parts])

    def _begun(self, info: ObjectInfo, notes: str) -> tuple[str, Mapping[int, Part]]:
        """The upload in parts that an earlier time left, with its parts, or a new one."""
        key = _handle_key(info, notes)
        if info_of(self._target, key) is not None:
            left = json.loads(self._target.get(key))
            if (left["key"], left["from_tag"]) == (info.key, info.etag):
                try:
                    held = self._target.list_parts(info.key, left["handle"])
                except MatineeError as error:
                    if error.code is not ErrorCode.UPLOAD_NOT_FOUND:
                        raise
                else:
                    return left["handle"], {part.number: part for part in held}
        handle = self._target.begin_multipart(info.key, content_type=info.content_type)
        left = {"key": info.key, "from_tag": info.etag, "handle": handle}
        self._target.put(key, json.dumps(left).encode(), content_type="application/json")
        return handle, {}

    def noted(self, notes: str) -> Iterator[Sent]:
        """What was written down below `notes`."""
        for info in walk(self._target, f"{notes}sent-"):
            yield from Receipt.from_bytes(self._target.get(info.key)).sent

    def _note(self, notes: str, number: int, came: Sequence[Sent]) -> int:
        document = Receipt(sent=tuple(came)).to_bytes()
        self._target.put(f"{notes}sent-{number:06d}.json", document, content_type="application/json")
        return number + 1

    def _read_back(self, sent: Sent) -> int:
        for number, total in enumerate(sent.sums):
            data = self._target.get(sent.key, start=number * sent.piece_bytes, length=sent.piece_bytes)
            if sum_of(data) != total:
                sentence = f"{sent.key} reads back with other bytes than were sent; delete it there and migrate again."
                raise MatineeError(ErrorCode.CHECK_FAILED, sentence)
        return sent.size_bytes


@contextmanager
def _workers() -> Iterator[ThreadPoolExecutor]:
    """Threads that stop after the piece in hand when one fails, or a person interrupts."""
    pool = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="carry")
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _all_of(pool: ThreadPoolExecutor, work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    futures: list[Future[Result]] = [pool.submit(work, item) for item in items]
    return [future.result() for future in futures]


def _grouped(infos: Sequence[ObjectInfo]) -> Iterator[list[ObjectInfo]]:
    group: list[ObjectInfo] = []
    for info in infos:
        group.append(info)
        if len(group) == NOTE_OBJECTS or sum(each.size_bytes for each in group) >= NOTE_BYTES:
            yield group
            group = []
    if group:
        yield group


def _sent(info: ObjectInfo, there: ObjectInfo, piece_bytes: int, sums: Sequence[str]) -> Sent:
    return Sent(
        key=info.key,
        size_bytes=there.size_bytes,
        from_tag=info.etag,
        to_tag=there.etag,
        piece_bytes=piece_bytes,
        sums=tuple(sums),
    )


def _handle_key(info: ObjectInfo, notes: str) -> str:
    return f"{notes}parts-{hashlib.sha256(info.key.encode()).hexdigest()[:20]}.json"


def _sum_of_all(store: ObjectStore, key: str) -> str:
    total = hashlib.sha256()
    for start in range(0, store.stat(key).size_bytes, PIECE_BYTES):
        total.update(store.get(key, start=start, length=PIECE_BYTES))
    return total.hexdigest()
