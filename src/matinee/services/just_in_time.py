"""The instant rendition without a copy: its index is stored, its files are put together when somebody asks for them.

It must not know who asks, nor what the bytes mean.

    index ─▶ streams/{asset}/m/{instant run}/media.json, index.bin        publishing needs no more
    open  ─▶ a file of it, from the index and ranges of the source
    make_all ─▶ every file as an object, for a store that is read without us (a CDN's)

The source stays as long as its asset, so the files can be made as long as the index lies there.
"""

import hashlib
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from matinee.domain.content_types import content_type_of
from matinee.domain.ids import AssetId, RunId
from matinee.domain.media import Media, Plan
from matinee.domain.object_keys import INDEX_NAME, media_prefix
from matinee.domain.places import Run
from matinee.domain.source_index import Piece, SourceIndex, clipped, size_of
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.encoder import Encoder, Source
from matinee.ports.object_store import ObjectInfo, ObjectStore, tag_of
from matinee.services.publishing import Publishing

log = logging.getLogger(__name__)

MEDIA_KEY = re.compile(r"(streams/[^/]+/m/[^/]+/)([^/]+/[^/]+)\Z")
# Neighbouring runs are read at once, with what lies between them (the film's other tracks) when that is little.
READ_BYTES = 4 * 1024 * 1024
GAP_BYTES = 256 * 1024
# What indexes may keep of the memory: an hour of film is 5 MB.
CACHE_BYTES = 64 * 1024 * 1024
# Files written out at a time: a distant store answers each request after some 20 ms; each holds a segment in memory.
WRITERS = 8


def _nothing() -> None:
    """For a caller that does not ask to stop."""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that lies nowhere: what it would be as an object, and its bytes."""

    info: ObjectInfo
    store: ObjectStore
    source_key: str
    pieces: list[Piece]

    def read(self, offset: int, count: int) -> Iterator[bytes]:
        """These bytes, a few MB at a time. Raises `source_missing` when the source is not what it was."""
        wanted = list(clipped(self.pieces, offset, count))
        window, start = b"", 0
        for n, piece in enumerate(wanted):
            if isinstance(piece, bytes):
                yield piece
                continue
            for run in _portions(piece):
                if not start <= run.offset <= run.offset + run.length <= start + len(window):
                    start = run.offset
                    window = self.store.get(self.source_key, start=start, length=_reach(run, wanted[n + 1 :]))
                data = window[run.offset - start : run.offset - start + run.length]
                if len(data) != run.length:
                    raise MatineeError(ErrorCode.SOURCE_MISSING, "The original file was cut short; upload it again.")
                yield data


class JustInTime:
    """Instant renditions whose files are made when they are asked for."""

    def __init__(self, store: ObjectStore, encoder: Encoder, publishing: Publishing) -> None:
        self._store = store
        self._encoder = encoder
        self._publishing = publishing
        self._cached: OrderedDict[str, tuple[str, SourceIndex]] = OrderedDict()
        self._lock = threading.Lock()

    def index(self, asset_id: AssetId, media_run: RunId, source_key: str, source: Source, plan: Plan) -> Media | None:
        """The rendition's media, its index being in the store; None when the source has to be remuxed."""
        found = self._encoder.index(source, plan)
        if found is None:
            return None
        media, index = found
        document = index.of(source_key, self._store.stat(source_key).etag).to_bytes()
        self._store.put(media_prefix(asset_id, media_run) + INDEX_NAME, document)
        self._publishing.note_media(asset_id, media_run, media)
        return media

    def open(self, key: str) -> MadeFile | None:
        """The file that would lie under `key`; None when it is no file of an indexed rendition.

        Its tag is the same for the same bytes. Raises what the store raises.
        """
        match = MEDIA_KEY.match(key)
        indexed = self._index(match[1]) if match else None
        if match is None or indexed is None:
            return None
        note, index = indexed
        pieces = index.pieces(match[2])
        if pieces is None or not self._unchanged(index):
            return None
        tag = hashlib.sha256(f"{note.etag}/{match[2]}".encode()).hexdigest()[:32]
        info = replace(note, key=key, size_bytes=size_of(pieces), etag=tag, content_type=content_type_of(key))
        return MadeFile(info, self._store, index.source_key, pieces)

    def sizes(self, asset_id: AssetId, media_run: RunId) -> tuple[int, ...]:
        """The bytes of every file of the rendition, in the order `make_all` counts them; none when it has no index."""
        indexed = self._index(media_prefix(asset_id, media_run))
        if indexed is None:
            return ()
        index = indexed[1]
        return tuple(size_of(index.pieces(name) or ()) for name in index.files)

    def make_all(
        self,
        asset_id: AssetId,
        media_run: RunId,
        *,
        first: int = 0,
        last: int | None = None,
        alive: Callable[[], None] = _nothing,
    ) -> None:
        """The files from number `first` to `last` (from 0; None: to the end) as objects.

        Those that lie there are left alone: twice is once, and several may make stretches of them at a time. What
        `alive` raises stops the work; it is called after every file.
        """
        prefix = media_prefix(asset_id, media_run)
        indexed = self._index(prefix)
        if indexed is None:
            raise MatineeError(ErrorCode.OBJECT_NOT_FOUND, f"{media_run} of {asset_id} has no index.")
        names = list(indexed[1].files)[first : None if last is None else last + 1]
        with ThreadPoolExecutor(max_workers=WRITERS, thread_name_prefix="instant") as pool:
            written = [pool.submit(self._write_out, prefix + name) for name in names]
            try:
                for one in written:
                    one.result()
                    alive()
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    def _write_out(self, key: str) -> None:
        if tag_of(self._store, key) is not None:
            return
        made = self.open(key)
        if made is None:
            raise MatineeError(ErrorCode.SOURCE_MISSING, "The original file was replaced meanwhile; ingest it again.")
        data = b"".join(made.read(0, made.info.size_bytes))
        self._store.put(key, data, content_type=made.info.content_type)

    def _index(self, prefix: str) -> tuple[ObjectInfo, SourceIndex] | None:
        """The index below `prefix`, and what the store knows of it. It is looked for each time: it may have gone."""
        try:
            info = self._store.stat(prefix + INDEX_NAME)
            with self._lock:
                etag, index = self._cached.get(prefix, ("", None))
            if index is None or etag != info.etag:
                index = SourceIndex.from_bytes(self._store.get(prefix + INDEX_NAME))
        except MatineeError as error:
            if error.code is ErrorCode.OBJECT_NOT_FOUND:
                return None
            raise
        except ValueError:
            log.warning("an index of another version", extra={"key": prefix + INDEX_NAME})
            return None
        self._keep(prefix, info.etag, index)
        return info, index

    def _keep(self, prefix: str, etag: str, index: SourceIndex) -> None:
        with self._lock:
            self._cached[prefix] = etag, index
            self._cached.move_to_end(prefix)
            while len(self._cached) > 1 and sum(kept.size_bytes for _, kept in self._cached.values()) > CACHE_BYTES:
                self._cached.popitem(last=False)

    def _unchanged(self, index: SourceIndex) -> bool:
        return tag_of(self._store, index.source_key) == index.source_etag


def _portions(run: Run) -> Iterator[Run]:
    """A run of any length as runs that are read at once."""
    for begin in range(0, run.length, READ_BYTES):
        yield Run(run.offset + begin, min(READ_BYTES, run.length - begin))


def _reach(run: Run, following: list[Piece]) -> int:
    """How much to read from the beginning of `run`: to the end of the last run behind it that is near enough."""
    end = run.offset + run.length
    for piece in following:
        if isinstance(piece, bytes):
            continue
        if not end <= piece.offset <= end + GAP_BYTES or piece.offset + piece.length - run.offset > READ_BYTES:
            break
        end = piece.offset + piece.length
    return end - run.offset
