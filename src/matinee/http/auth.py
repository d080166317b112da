"""Who is calling, read from a request: the API token as Bearer (RFC 6750), or a signed-in browser's cookie.

Behind API Gateway its authorizer has checked the token, and its claims come beside the request, in no header of it.
It must not decide anything but that: what a caller may do is `services.access`.
"""

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from matinee.errors import ErrorCode, MatineeError
from matinee.http.state import App, app_of
from matinee.http.viewer import origin_of, viewer_address
from matinee.services.access import ClaimsAccess, Identity, Scope
from matinee.services.journal import Caller

COOKIE = "matinee"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

bearer = HTTPBearer(auto_error=False, description="The API token, printed at the server's start.")
cookie = APIKeyCookie(name=COOKIE, auto_error=False, description="A signed-in browser.")


def identify(
    request: Request,
    app: Annotated[App, Depends(app_of)],
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
    browser: Annotated[str | None, Security(cookie)],
) -> Identity:
    """The caller, who is counted. Raises `credential_missing`, `credential_invalid`, `origin_refused`, and
    `too_many_requests`, by the address when it is nobody.
    """
    try:
        identity = _identified(request, app, credentials, browser)
    except MatineeError:
        app.door.throttle.address(origin_of(request.scope))
        raise
    app.door.throttle.caller(identity.subject)
    return identity


def _identified(
    request: Request, app: App, credentials: HTTPAuthorizationCredentials | None, browser: str | None
) -> Identity:
    access = app.access
    if isinstance(access, ClaimsAccess):
        return access.by_claims(_claims(request))
    origin = origin_of(request.scope)
    if credentials is not None:
        token = credentials.credentials
        return app.door.let_in(token, lambda: access.by_token(token), origin)
    if browser is None:
        sentence = "Send the API token as 'Authorization: Bearer …', or sign in at /signin."
        raise MatineeError(ErrorCode.CREDENTIAL_MISSING, sentence)
    identity = app.door.let_in(browser, lambda: access.by_browser_pass(browser, app.clock.now()), origin)
    refuse_other_sites(request)
    return identity


def _claims(request: Request) -> Mapping[str, object]:
    """What the JWT authorizer of an HTTP API has verified (payload format 2.0), which Mangum keeps in the scope."""
    found: object = request.scope.get("aws.event")
    for name in ("requestContext", "authorizer", "jwt", "claims"):
        found = found.get(name) if isinstance(found, Mapping) else None
    if not isinstance(found, Mapping):
        raise MatineeError(ErrorCode.CREDENTIAL_MISSING, "Sign in: send an access token as 'Authorization: Bearer …'.")
    return found


def refuse_other_sites(request: Request) -> None:
    """A cookie counts for changes only from our own pages (Fetch Metadata, else Origin): no forged requests."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    own = origin is not None and origin.partition("://")[2] == request.headers.get("host")
    if site == "same-origin" or (site is None and own):
        return
    raise MatineeError(ErrorCode.ORIGIN_REFUSED, "This change was asked for by another site's page; use Matinee's own.")


def _count_address(request: Request, app: Annotated[App, Depends(app_of)]) -> None:
    app.door.throttle.address(origin_of(request.scope))


FromAnywhere = Depends(_count_address)  # for routes that ask for no sign-in: they are counted by address


def _needs(scope: Scope) -> object:
    def check(identity: Annotated[Identity, Depends(identify)]) -> Identity:
        identity.require(scope)
        return identity

    return Depends(check)


Reads = Annotated[Identity, _needs(Scope.ASSETS_READ)]
Writes = Annotated[Identity, _needs(Scope.ASSETS_WRITE)]
ReadsInsight = Annotated[Identity, _needs(Scope.INSIGHT_READ)]
Issues = Annotated[Identity, _needs(Scope.PLAYBACK_ISSUE)]
Delegates = Annotated[Identity, _needs(Scope.PLAYBACK_DELEGATE)]
Audits = Annotated[Identity, _needs(Scope.AUDIT_READ)]
Approves = Annotated[Identity, _needs(Scope.SPENDING_APPROVE)]


def caller_of(request: Request, identity: Identity) -> Caller:
    """Who is written down for what the request does."""
    return Caller(identity.subject, viewer_address(request.scope))
