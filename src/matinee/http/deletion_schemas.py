"""The bodies of deletions: what would go, what went, what is left. It must not know how anything is done."""

from pydantic import Field

from matinee.http.schemas import Outgoing, Time


class DeletionReport(Outgoing):
    """What a deletion removed."""

    asset_id: str
    objects_removed: int
    bytes_removed: int
    sessions_revoked: int
    share_links_removed: int
    copies_removed: int = Field(description="Old versions and unfinished uploads, but for those that go by themselves")
    cache_cleared: bool = Field(description="Whether a CDN was told; false where there is none")
    complete: bool = Field(description="False when something is left, which the server goes on removing")


class FoundBody(Outgoing):
    """So much in one place; `gone_by` is when it goes by itself at the latest, null when it does not."""

    place: str
    count: int
    size_bytes: int
    gone_by: Time | None


class RemainsBody(Outgoing):
    """What is left of a deleted asset, by a look everywhere it may lie."""

    asset_id: str
    deleted_at: Time
    erased_at: Time | None = Field(description="When the deletion was through; null while the server goes on")
    clean: bool = Field(description="It is through, every place was looked at, and whatever is found goes by itself")
    looked_at: list[str]
    not_looked_at: list[str] = Field(
        description="Where something may lie, and why nobody could look: a copy in another Region"
    )
    found: list[FoundBody]


class DeletionPreviewBody(Outgoing):
    """What a deletion would remove now."""

    asset_id: str
    objects: int = Field(description="Files in the store: the original, every rendition, playlist, caption and picture")
    bytes: int
    versions: int
    sessions: int = Field(description="Playback sessions that live now and would be cut short")
