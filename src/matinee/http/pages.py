"""The web pages, and signing a browser in. It must not know what the pages show.

Pages are static and hold nothing private; what they show comes from the API, with the cookie set here.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated
from urllib.parse import parse_qs, quote

from fastapi import APIRouter, Query, Request
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from matinee.errors import MatineeError
from matinee.http.auth import COOKIE, SAFE_METHODS, refuse_other_sites
from matinee.http.built_files import SUFFIXES, built_file
from matinee.http.state import App, AppState, app_of
from matinee.http.strict_json import StrictRoute
from matinee.http.viewer import origin_of
from matinee.services.access import BROWSER_DAYS, TokenAccess

router = APIRouter(route_class=StrictRoute, include_in_schema=False)

# No inline script or style, nothing from elsewhere (W3C CSP level 3); text becomes a script only by the policy of
# `web/src/shared/trusted.js` (Trusted Types). `blob:` is what MediaSource plays from. `terraform/delivery.tf` agrees.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'self'; require-trusted-types-for 'script'; trusted-types matinee"
)
PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cache-Control": "no-cache",
}
LONGEST_NAME = 255  # of a file (limits.h, NAME_MAX); bytes, and ours are ASCII
FORMS = tuple(SUFFIXES.values())  # the compressed forms of a file have no address of their own
HASHED = {"Cache-Control": "public, max-age=31536000, immutable"}  # the file's name holds a hash of its contents


def framed_by(sites: Iterable[str]) -> str:
    """The policy of a page that these sites may show in a frame, and nobody else: without any, not even ourselves."""
    allowed = " ".join(sites) or "'none'"
    return POLICY.replace("frame-ancestors 'self'", f"frame-ancestors {allowed}")


def page(request: Request, web_dir: Path, name: str) -> Response:
    """A page of the built web application, or a sentence when it was not built."""
    path = web_dir / name
    if not path.is_file():
        return Response("The web pages are not built; run `make setup`.\n", 503, media_type="text/plain")
    return built_file(request, path, PAGE_HEADERS)


def missing(request: Request) -> Response | None:
    """The page for a person who asks for what is not there; None for a program, which is told in its own words.

    On one machine alone: on AWS pages are the bucket's, and so is the answer for what is not in it.
    """
    app = app_of(request)
    path = app.web_dir / "missing.html"
    asks_for_data = request.url.path.startswith("/v1/") or "text/html" not in request.headers.get("accept", "")
    if app.edge is None or request.method not in SAFE_METHODS or asks_for_data or not path.is_file():
        return None
    return Response(
        path.read_bytes(), 404, media_type="text/html", headers=PAGE_HEADERS | {"Cache-Control": "no-store"}
    )


@router.get("/signin")
def sign_in(request: Request, app: AppState, token: Annotated[str | None, Query(max_length=1000)] = None) -> Response:
    """The sign-in page; with the token of the printed link, straight on to the library."""
    return page(request, app.web_dir, "signin.html") if token is None else _exchange(request, app, token, "/")


@router.get("/callback")
def callback(request: Request, app: AppState) -> Response:
    """Where an identity provider sends a browser back to; the page reads the code from its own address."""
    return page(request, app.web_dir, "signin.html")


@router.post("/signin")
async def sign_in_by_form(request: Request, app: AppState) -> Response:
    """What the sign-in page sends: `token`, and `to`, where the person wanted to go."""
    fields = parse_qs((await request.body()).decode("utf-8", "replace"))
    to = fields.get("to", ["/"])[0]
    local = to if to.startswith("/") and not to.startswith(("//", "/\\")) else "/"
    return _exchange(request, app, fields.get("token", [""])[0].strip(), local)


@router.post("/signout")
def sign_out(request: Request) -> Response:
    """Forget this browser; not because another site's page would have it so."""
    refuse_other_sites(request)
    answer = RedirectResponse("/signin", 303)
    answer.delete_cookie(COOKIE)
    return answer


@router.get("/watch/{asset_id}")
async def watch(request: Request, asset_id: str) -> Response:
    """The watch page; which asset and by what token, it reads from its own address. No thread is waited for."""
    del asset_id
    return page(request, app_of(request).web_dir, "watch.html")


@router.get("/studio")
@router.get("/studio/{name}")
def studio(request: Request, app: AppState, name: str | None = None) -> Response:
    """The studio: all assets, one of them, or the server's limits; which, it reads from its own address."""
    del name
    return page(request, app.web_dir, "studio.html")


@router.get("/docs")
def docs(request: Request, app: AppState) -> Response:
    """The API's pages."""
    return page(request, app.web_dir, "docs.html")


@router.get("/static/{name}")
async def static_file(request: Request, name: str) -> Response:
    """A script, style or picture of the pages, named by its hash. No thread is waited for."""
    return _file(request, app_of(request).web_dir / "static", name, HASHED)


@router.get("/{name}")
def root_file(request: Request, app: AppState, name: str) -> Response:
    """The icon, the manifest and their like."""
    if name.endswith(".html") or name.startswith("."):
        raise HTTPException(404)
    return _file(request, app.web_dir, name, {"Cache-Control": "public, max-age=3600"})


def _file(request: Request, folder: Path, name: str, headers: dict[str, str]) -> Response:
    path = folder / name
    if name.endswith(FORMS):
        raise HTTPException(404)
    if not name.isascii() or len(name) > LONGEST_NAME or "/" in name or "\\" in name or not path.is_file():
        raise HTTPException(404)
    return built_file(request, path, {"X-Content-Type-Options": "nosniff"} | headers)


def _exchange(request: Request, app: App, token: str, to: str) -> Response:
    access = app.access
    if not isinstance(access, TokenAccess):
        raise HTTPException(404)  # who signs in elsewhere has no token of ours
    try:
        app.door.let_in(token, lambda: access.by_token(token), origin_of(request.scope))
    except MatineeError as error:
        why = 1 if error.retry_after_seconds is None else "wait"
        return RedirectResponse(f"/signin?error={why}&to={quote(to)}", 303)
    answer = RedirectResponse(to, 303, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})
    answer.set_cookie(
        COOKIE,
        access.browser_pass(app.clock.now()),
        max_age=BROWSER_DAYS * 86_400,
        httponly=True,
        secure=request.url.scheme == "https",
        samesite="strict",
    )
    return answer
