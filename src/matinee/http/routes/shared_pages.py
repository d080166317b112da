"""The pages of a share link, finished for each: who may frame one, and what shows of it where it is pasted; oEmbed.

The page itself is built and static; its head and its policy are written here, so that they are the same on one machine
and on AWS (docs/adr/0018). It must not know what the page does.
"""

from html import escape
from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Query
from starlette.responses import Response

from matinee.domain.asset import Asset, Kind
from matinee.domain.ids import ShareId
from matinee.domain.share_link import ShareLink
from matinee.errors import ErrorCode, MatineeError
from matinee.http.auth import FromAnywhere
from matinee.http.built_pages import page_in_folder
from matinee.http.pages import PAGE_HEADERS, framed_by
from matinee.http.share_schemas import OEmbed
from matinee.http.state import App, AppState, BaseUrl
from matinee.http.strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute, tags=["share links"])

WIDTH, HEIGHT, SOUND_HEIGHT = 1280, 720, 160  # when a film's shape is not known; a recording needs only its controls


@router.get("/s/{share_id}", include_in_schema=False, dependencies=[FromAnywhere])
def share_page(app: AppState, base: BaseUrl, share_id: str) -> Response:
    """The page that opens a share link. It can be in no frame but of our own."""
    asset = _preview(app, share_id)
    head = "" if asset is None else _head(asset, base, share_id)
    return _page(app, "share.html", head, PAGE_HEADERS)


@router.get("/embed/{share_id}", include_in_schema=False, dependencies=[FromAnywhere])
def embed_page(app: AppState, share_id: str) -> Response:
    """The player alone, for the frames of the sites that the link lists."""
    return _page(app, "embed.html", "", PAGE_HEADERS | {"Content-Security-Policy": framed_by(_sites(app, share_id))})


@router.get("/oembed", response_model_exclude_none=True, dependencies=[FromAnywhere])
def oembed(
    app: AppState,
    base: BaseUrl,
    url: Annotated[str, Query(max_length=2000, description="A share link of this server")],
    maxwidth: Annotated[int | None, Query(ge=1, le=100_000)] = None,
    maxheight: Annotated[int | None, Query(ge=1, le=100_000)] = None,
    format: Annotated[str, Query(max_length=10)] = "json",  # noqa: A002 - the standard's name
) -> OEmbed:
    """oEmbed 1.0 of a share link to an asset marked `public_preview`; 401 for every other, as the standard has it."""
    if format != "json":
        raise MatineeError(ErrorCode.FORMAT_UNKNOWN, f"oEmbed is answered in JSON here, not in {format!r}.")
    share_id = _share_of(url, base)
    asset, share = app.shares.preview(share_id), app.shares.get(share_id)
    width, height = _size(asset, maxwidth, maxheight)
    picture = {
        "thumbnail_url": _picture(base, share_id),
        "thumbnail_width": asset.width,
        "thumbnail_height": asset.height,
    }
    return OEmbed(
        type="video" if share.sites else "link",
        title=asset.title,
        provider_url=base,
        **(picture if asset.has_poster else {}),
        **(
            {"html": _frame(base, share, asset, width, height), "width": width, "height": height} if share.sites else {}
        ),
    )


def _page(app: App, name: str, head: str, headers: dict[str, str]) -> Response:
    text = app.page_source(name) if app.page_source else page_in_folder(app.web_dir, name)
    if text is None:
        return Response("The web pages are not built; run `make setup`.\n", 503, media_type="text/plain")
    return Response(text.replace("</head>", f"{head}</head>", 1), media_type="text/html", headers=headers)


def _preview(app: App, share_id: str) -> Asset | None:
    """What the page may show of the asset; a link that shows or opens nothing has the same page without it."""
    try:
        return app.shares.preview(ShareId(share_id))
    except MatineeError as error:
        if error.kind.status >= 500:
            raise
        return None


def _sites(app: App, share_id: str) -> tuple[str, ...]:
    try:
        return app.shares.get(ShareId(share_id)).sites
    except MatineeError as error:
        if error.code is not ErrorCode.SHARE_NOT_FOUND:
            raise
        return ()


def _head(asset: Asset, base: str, share_id: str) -> str:
    """Open Graph (ogp.me) and where oEmbed is found, for those who show a pasted link."""
    address = f"{base}/s/{share_id}"
    facts = {
        "og:type": "video.other" if asset.kind is Kind.VIDEO else "music.song",
        "og:site_name": "Matinee",
        "og:title": asset.title,
        "og:description": asset.description[:300],
        "og:url": address,
    }
    if asset.has_poster:
        facts |= {"og:image": _picture(base, share_id), "og:image:type": "image/jpeg", "og:image:alt": asset.title}
    rows = [f'<meta property="{name}" content="{escape(text)}">' for name, text in facts.items() if text]
    rows.append(f'<meta name="twitter:card" content="{"summary_large_image" if asset.has_poster else "summary"}">')
    link = f"{base}/oembed?url={quote(address, safe='')}"
    rows.append(
        f'<link rel="alternate" type="application/json+oembed" href="{escape(link)}" title="{escape(asset.title)}">'
    )
    return "\n".join(rows) + "\n"


def _picture(base: str, share_id: str) -> str:
    return f"{base}/v1/shares/{share_id}/poster"


def _share_of(url: str, base: str) -> ShareId:
    """The link an address of ours names. Raises `share_not_found`."""
    foreign = MatineeError(ErrorCode.SHARE_NOT_FOUND, "That address is no share link of this server.")
    try:
        here, there = urlsplit(base), urlsplit(url)
    except ValueError:  # half of an IPv6 address, say
        raise foreign from None
    kind, _, share_id = there.path.strip("/").partition("/")
    if there.netloc.lower() != here.netloc.lower() or kind not in ("s", "embed") or "/" in share_id:
        raise foreign
    return ShareId(share_id)


def _size(asset: Asset, max_width: int | None, max_height: int | None) -> tuple[int, int]:
    """The film's shape, no larger than asked for; a recording is as wide as may be, and low."""
    if asset.kind is Kind.AUDIO:
        return min(WIDTH // 2, max_width or WIDTH), min(SOUND_HEIGHT, max_height or HEIGHT)
    width, height = asset.width or WIDTH, asset.height or HEIGHT
    scale = min(1.0, WIDTH / width, (max_width or WIDTH) / width, (max_height or WIDTH) / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def _frame(base: str, share: ShareLink, asset: Asset, width: int, height: int) -> str:
    return (
        f'<iframe src="{escape(base)}/embed/{share.id}" width="{width}" height="{height}" title="{escape(asset.title)}"'
        ' style="border:0" allow="autoplay; fullscreen; picture-in-picture" allowfullscreen></iframe>'
    )
