"""Values the contract suites store, and how they ask for an error. Nothing here knows an adapter."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from matinee.domain.asset import Asset, AssetError, Kind, RenditionSummary, Status, Superseded
from matinee.domain.ids import AssetId, RunId, SessionId, UploadId, VersionId, derive_id
from matinee.domain.media import CaptionTrack
from matinee.domain.run import Run, RunState
from matinee.domain.session import Session
from matinee.domain.upload import Upload, UploadState
from matinee.errors import ErrorCode, MatineeError

NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


@contextmanager
def raises(code: ErrorCode) -> Iterator[None]:
    """The block must raise a MatineeError of this code, with a sentence in it."""
    with pytest.raises(MatineeError) as caught:
        yield
    assert caught.value.code is code, f"{caught.value.code}: {caught.value.detail}"
    assert len(caught.value.detail) > 20, "an error is a sentence"


def later(seconds: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def asset_id(name: object) -> AssetId:
    """An id for a name; the same name gives the same id."""
    return AssetId(derive_id("ast_", str(name)))


def run_id(name: object) -> RunId:
    """An id for a name."""
    return RunId(derive_id("run_", str(name)))


def session_id(name: object) -> SessionId:
    """An id for a name."""
    return SessionId(derive_id("ses_", str(name)))


def an_asset(name: object = "one", *, seconds: float = 0, status: Status = Status.READY, **more: str) -> Asset:
    """A small asset, created `seconds` after noon."""
    at = later(seconds)
    title = more.pop("title", f"Title {name}")
    return Asset(id=asset_id(name), title=title, status=status, created_at=at, updated_at=at, **more)  # type: ignore[arg-type] # all of `more` are texts


def a_full_asset() -> Asset:
    """An asset with every field set."""
    return Asset(
        id=asset_id("full"),
        title="Café · 映画 · 🎬",
        status=Status.FAILED,
        created_at=NOON,
        updated_at=later(0.000001),
        kind=Kind.AUDIO,
        description="two\nlines, \"quotes\", a nul \x00 and '%_\\'",
        tags=("one", "two words", "ß"),
        duration_seconds=1234.5678,
        width=1920,
        height=1080,
        frame_rate=29.97,
        size_bytes=2**42,
        version=VersionId("ver_x"),
        media_run=run_id("old"),
        run=run_id("new"),
        attempt=3,
        source_key="sources/x/original.mp4",
        sha256="ab" * 32,
        error=AssetError(code=ErrorCode.SOURCE_TRUNCATED, message="It is cut off."),
        renditions=(
            RenditionSummary(name="1080p", kind=Kind.VIDEO, codecs="avc1.640028", bandwidth=5_000_000, height=1080),
            RenditionSummary(name="audio", kind=Kind.AUDIO, codecs="mp4a.40.2", bandwidth=128_000, channels=2),
        ),
        captions=(CaptionTrack(language="pt-BR", label="Português"),),
        has_poster=True,
        superseded=(Superseded(prefix="streams/x/ver_a/", at=NOON),),
    )


def an_upload(name: object = "one", *, expires: float = 3600, state: UploadState = UploadState.OPEN) -> Upload:
    """An upload that expires so many seconds after noon."""
    return Upload(
        id=UploadId(derive_id("upl_", str(name))),
        asset_id=asset_id(name),
        filename="film ü.mp4",
        size_bytes=20_000_000,
        part_size_bytes=8_388_608,
        key=f"sources/{asset_id(name)}/original.mp4",
        multipart_id="mpu_x",
        state=state,
        created_at=NOON,
        expires_at=later(expires),
        content_type="video/mp4",
    )


def a_session(name: object = "one", *, of: object = "one", seconds: float = 0) -> Session:
    """A session of an asset, created so many seconds after noon."""
    return Session(
        id=session_id(name),
        asset_id=asset_id(of),
        viewer="viewer",
        created_at=later(seconds),
        not_before=later(seconds),
        ends_at=later(seconds + 86_400),
        ttl_seconds=3600,
        bind_ip="2001:db8::/48",
    )


def a_run(name: object = "one", *, seconds: float = 0, state: RunState = RunState.QUEUED) -> Run:
    """A run, created so many seconds after noon."""
    return Run(
        id=run_id(name),
        asset_id=asset_id(name),
        source_key="sources/x/original.mp4",
        attempt=1,
        state=state,
        created_at=later(seconds),
    )
