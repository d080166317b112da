"""The bodies of share links and of oEmbed. It must not know how anything is done."""

from typing import Annotated, Literal

from pydantic import Field

from matinee.domain.password import MAX_LENGTH, MIN_LENGTH
from matinee.domain.share_link import MAX_LABEL, MAX_SITES, MAX_VIEWS, ShareLink
from matinee.http.schemas import Incoming, Outgoing, Time

Site = Annotated[str, Field(min_length=1, max_length=300)]


class NewShare(Incoming):
    """What a share link is to allow; the server may shorten its life."""

    label: str = Field(default="", max_length=MAX_LABEL, description="For the publisher's own list")
    life_seconds: int | None = Field(default=None, description="30 days when left out")
    view_limit: int | None = Field(default=None, ge=1, le=MAX_VIEWS, description="A view is one session it opens")
    password: str | None = Field(
        default=None, min_length=MIN_LENGTH, max_length=MAX_LENGTH, json_schema_extra={"writeOnly": True}
    )
    sites: list[Site] = Field(
        default_factory=list,
        max_length=MAX_SITES,
        description="Origins that may show it in a frame, such as https://blog.example.org; none: nowhere",
    )


class ShareBody(Outgoing):
    """A share link, as its publisher sees it."""

    id: str
    asset_id: str
    label: str
    url: str
    embed_url: str | None = Field(description="What to show in a frame; null when no site may")
    created_at: Time
    ends_at: Time
    views: int
    view_limit: int | None
    has_password: bool
    sites: list[str]


class ShareList(Outgoing):
    """The share links of an asset, newest first."""

    items: list[ShareBody]


class SharePage(Outgoing):
    """What everybody who has the link may know before it is opened."""

    id: str
    ends_at: Time
    views_left: int | None
    has_password: bool


class ShareKey(Incoming):
    """What opens a share link, beside the link itself; the token's life is asked for as for any session."""

    password: str | None = Field(default=None, max_length=MAX_LENGTH, json_schema_extra={"writeOnly": True})
    ttl_seconds: int | None = None


class OEmbed(Outgoing):
    """An answer of oEmbed 1.0."""

    version: Literal["1.0"] = "1.0"
    type: Literal["video", "link"]
    title: str
    provider_name: str = "Matinee"
    provider_url: str
    cache_age: int = 300
    html: str | None = None
    width: int | None = None
    height: int | None = None
    thumbnail_url: str | None = None
    thumbnail_width: int | None = None
    thumbnail_height: int | None = None


def share_body(share: ShareLink, base: str) -> ShareBody:
    """The publisher's view of `share`."""
    return ShareBody(
        id=share.id,
        asset_id=share.asset_id,
        label=share.label,
        url=f"{base}/s/{share.id}",
        embed_url=f"{base}/embed/{share.id}" if share.sites else None,
        created_at=share.created_at,
        ends_at=share.ends_at,
        views=share.views,
        view_limit=share.view_limit,
        has_password=share.password is not None,
        sites=list(share.sites),
    )
