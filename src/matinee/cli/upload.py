"""`matinee upload`: bring files in, one after the other, and go on where an earlier call stopped.

It must not know how parts travel (`transfers`) or what a terminal is (`progress`).

    remembered? ─▶ still there? ─▶ send what is missing ─▶ complete ─▶ follow the ingest
        └── no ────────┴── no ──▶ begin, and remember
"""

import mimetypes
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

from matinee.cli.client import Api, Json, path_of
from matinee.cli.output import duration_text, moment, size_text
from matinee.cli.patience import Patience, Stopped
from matinee.cli.progress import Display
from matinee.cli.transfers import PartSender, missing_parts
from matinee.cli.upload_memory import SourceFile, UploadMemory
from matinee.errors import ErrorCode, MatineeError

FIRST_LOOK_SECONDS = 0.3
LONGEST_LOOK_SECONDS = 2.0
MAX_BEGINNINGS = 5  # each meets an upload that has just ended; five of them in a row are no accident
MAX_COMPLETIONS = 3  # the store may find a part damaged when it joins them: that one is sent again

GONE = frozenset({ErrorCode.UPLOAD_NOT_FOUND, ErrorCode.UPLOAD_EXPIRED, ErrorCode.UPLOAD_STATE})
ASSET_GONE = frozenset({ErrorCode.ASSET_NOT_FOUND, ErrorCode.ASSET_DELETED})


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadWish:
    """What the caller asked for, the same for each file."""

    title: str | None = None
    codecs: list[str] | None = None
    parallel: int = 4
    retry_seconds: float = 120.0
    announce_sum: bool = False
    begin_again: bool = False
    follow: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one file ended: its asset, or the error that stopped it. A failed ingest has both."""

    file: str
    upload_id: str | None = None
    asset: Json | None = None
    error: MatineeError | None = None

    def as_json(self) -> Json:
        """One item of what `--json` prints."""
        error = {"code": str(self.error.code), "message": self.error.detail} if self.error else None
        return {"file": self.file, "upload_id": self.upload_id, "asset": self.asset, "error": error}


class Uploader:
    """Brings files to one server."""

    def __init__(self, api: Api, memory: UploadMemory, display: Display, wish: UploadWish) -> None:
        self._api = api
        self._memory = memory
        self._display = display
        self._wish = wish

    def bring_in(self, path: Path) -> Outcome:
        """Upload one file and follow it. Errors end up in the outcome; Ctrl-C goes through, resumable."""
        upload: Json | None = None
        asset: Json | None = None
        try:
            source = SourceFile.at(path)
            upload = self._uploaded(source)
            asset = self._settled(upload["asset_id"], source.filename)
            error = _failure_of(asset) if self._wish.follow else None
        except MatineeError as raised:
            error = raised
        return Outcome(file=str(path), upload_id=upload["id"] if upload else None, asset=asset, error=error)

    def _uploaded(self, source: SourceFile) -> Json:
        """The completed upload of `source`."""
        upload = self._found_or_begun(source, anew=self._wish.begin_again)
        for _ in range(MAX_BEGINNINGS):
            try:
                return self._sent(source, upload)
            except MatineeError as error:
                if error.code not in GONE:
                    raise
                self._display.notice(f"{source.filename}: {error.detail} Beginning anew.")
                upload = self._found_or_begun(source, anew=False)
        sentence = f"{source.path}: its uploads end before they are finished; see the server's log."
        raise MatineeError(ErrorCode.UPLOAD_STATE, sentence)

    def _found_or_begun(self, source: SourceFile, *, anew: bool) -> Json:
        previous = self._memory.recall(self._api.url, source)
        if previous is not None and not anew:
            upload = self._still_there(previous)
            if upload is not None:
                return upload
        if previous is None and anew:
            previous = secrets.token_hex(8)  # nothing to tell it from an upload that was forgotten
        return self._begun(source, previous or "")

    def _begun(self, source: SourceFile, previous: str) -> Json:
        """A new upload. What came before is part of the request's key: it must not be answered with an ended one."""
        body: Json = {"filename": source.filename, "size_bytes": source.size_bytes}
        body["content_type"] = mimetypes.guess_type(source.filename)[0]
        body["title"] = self._wish.title
        if self._wish.codecs is not None:
            body["codecs"] = self._wish.codecs
        if self._wish.announce_sum:
            self._display.notice(f"{source.filename}: reading it once for its checksum …")
            with source.path.open("rb") as file:
                body["sha256"] = file_digest(file, "sha256").hexdigest()
        for _ in range(MAX_BEGINNINGS):
            told = sorted((name, str(value)) for name, value in body.items())
            key = source.request_key(self._api.url, previous, repr(told))
            answer = self._patience().ask(lambda key=key: self._api.post(path_of("uploads"), body, idempotency_key=key))  # type: ignore[misc]
            upload = self._still_there(answer["id"])
            if upload is not None:
                self._memory.note(self._api.url, source, upload["id"])
                return upload
            previous = answer["id"]
        raise MatineeError(ErrorCode.UPLOAD_STATE, f"{source.path}: no upload could be begun; see the server's log.")

    def _still_there(self, upload_id: str) -> Json | None:
        """The upload with the parts it holds; None when it ended without an asset that is left."""
        try:
            upload = self._upload(upload_id)
            if upload["state"] == "completed":
                self._patience().ask(lambda: self._api.get(path_of("assets", upload["asset_id"])))
        except MatineeError as error:
            if error.code in GONE | ASSET_GONE:
                return None
            raise
        expired = moment(upload["expires_at"]) <= datetime.now(UTC)
        usable = upload["state"] == "completed" or (upload["state"] == "open" and not expired)
        return upload if usable else None

    def _sent(self, source: SourceFile, upload: Json) -> Json:
        if upload["state"] == "completed":
            text = f"{source.filename} is uploaded already, as {upload['asset_id']} (--again uploads it once more)."
            self._display.notice(text)
            return upload
        started = time.monotonic()
        self._announce(source, upload)
        for attempt in range(MAX_COMPLETIONS):
            self._send_missing(source, upload)
            source.check_unchanged()
            try:
                completed = self._completed(upload["id"])
            except MatineeError as error:
                if error.code is not ErrorCode.UPLOAD_INCOMPLETE or attempt == MAX_COMPLETIONS - 1:
                    raise
                upload = self._upload(upload["id"])
            else:
                took = duration_text(time.monotonic() - started)
                self._display.notice(f"{source.filename}: {size_text(source.size_bytes)} sent in {took}.")
                return completed
        raise AssertionError  # the loop returns or raises

    def _upload(self, upload_id: str) -> Json:
        return self._patience().ask(lambda: self._api.get(path_of("uploads", upload_id)))

    def _completed(self, upload_id: str) -> Json:
        return self._patience().ask(lambda: self._api.post(path_of("uploads", upload_id, "complete")))

    def _announce(self, source: SourceFile, upload: Json) -> None:
        held = len(upload["parts"])
        if held:
            self._display.notice(
                f"{source.filename}: going on, {held} of {upload['part_count']} parts are there already."
            )

    def _send_missing(self, source: SourceFile, upload: Json) -> None:
        parts = missing_parts(upload)
        held_bytes = source.size_bytes - sum(part.size_bytes for part in parts)
        bar = self._display.sending(source.filename, total_bytes=source.size_bytes, held_bytes=held_bytes)
        with bar as moved:
            sender = PartSender(self._api, self._patience(), source, upload["id"], moved)
            sender.send_all(parts, parallel=self._wish.parallel)

    def _settled(self, asset_id: str, name: str) -> Json:
        """The asset, once its ingest has ended when that is to be followed."""
        path = path_of("assets", asset_id)
        asset = self._patience().ask(lambda: self._api.get(path))
        if not self._wish.follow:
            return asset
        pause, told, said_paused = FIRST_LOOK_SECONDS, False, False
        with self._display.ingesting(f"{name}: {asset_id}") as reached:
            while asset["status"] not in ("ready", "failed"):
                reached(asset["progress"], _words_left(asset))
                if asset["paused"] and not said_paused:
                    self._display.notice(f"{name} is paused; go on with: matinee resume {asset_id}")
                said_paused = asset["paused"]
                if asset["status"] == "playable" and not told:
                    self._display.notice(f"{name} can be watched already: matinee play {asset_id}")
                    told = True
                time.sleep(pause)
                pause = min(pause * 1.3, LONGEST_LOOK_SECONDS)
                asset = self._patience().ask(lambda: self._api.get(path))
        return asset

    def _patience(self) -> Patience:
        return Patience(self._wish.retry_seconds, self._display.notice)


def upload_files(api: Api, memory: UploadMemory, files: Sequence[Path], wish: UploadWish) -> list[Outcome]:
    """Bring `files` in, one after the other; how each ended. Ctrl-C ends all with a word on how to go on."""
    display = Display()
    uploader = Uploader(api, memory, display, wish)
    outcomes: list[Outcome] = []
    try:
        for path in files:
            outcome = uploader.bring_in(path)
            outcomes.append(outcome)
            if outcome.error is not None and len(files) > 1:
                display.notice(f"{path}: {outcome.error.detail}")
    except (KeyboardInterrupt, Stopped):
        display.notice("Stopped. What was sent is kept: run the same command again to go on.")
        raise KeyboardInterrupt from None
    return outcomes


def exit_code_of(outcomes: Sequence[Outcome]) -> int:
    """0, or the exit code of the first file that did not make it."""
    codes = [outcome.error.kind.exit_code for outcome in outcomes if outcome.error is not None]
    return codes[0] if codes else 0


def advice_on(outcome: Outcome) -> list[str]:
    """What to tell a person of one file that ended."""
    if outcome.error is not None:
        again = outcome.error.kind.exit_code == 7
        more = " What was sent is kept: run the same command again to go on." if again else ""
        where = f" ({outcome.asset['id']})" if outcome.asset else ""
        return [f"{outcome.file}{where}: {outcome.error.detail}{more}"]
    asset: dict[str, Any] = outcome.asset or {}
    if asset["status"] == "ready":
        after = asset["playable_after_seconds"]
        told = "" if after is None else f", playable {after:.1f} s after the upload"
        length = duration_text(asset["duration_seconds"])
        return [f"{asset['id']} is ready ({length}{told}): matinee play {asset['id']}"]
    return [f"{asset['id']} is {asset['status']}: matinee show {asset['id']}"]


def _words_left(asset: Json) -> str:
    if asset["paused"]:
        return "paused"
    return "" if asset["seconds_left"] is None else f"{duration_text(asset['seconds_left'])} left"


def _failure_of(asset: Json) -> MatineeError | None:
    """Why the ingest failed; None when it did not."""
    if asset["status"] != "failed":
        return None
    told = asset["error"] or {}
    code = ErrorCode(told["code"]) if told.get("code") in set(ErrorCode) else ErrorCode.ENCODE_FAILED
    return MatineeError(code, told.get("message") or "The ingest failed; see the server's log.")
