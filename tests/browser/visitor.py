"""One person's browser. It must not know what pages are for: it opens them and keeps every fault that shows."""

import base64
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, WebError

# Faults that reach no console by themselves become console errors, which `Visitor` keeps.
# A film that runs dry fires `waiting`; one that was just opened or sought does so rightly.
WITNESS = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy ${event.effectiveDirective} refused ${event.blockedURI} in ${event.sourceFile}`));
globalThis.witness = { stalls: 0, ended: 0, started: false };
document.addEventListener("playing", () => (witness.started = true), true);
document.addEventListener("seeking", () => (witness.started = false), true);
document.addEventListener("ended", () => (witness.ended += 1), true);
// With pictures loaded ahead it is this machine that was busy, not the film that was late.
const ahead = ({ buffered, currentTime }) => {
  for (let n = 0; n < buffered.length; n += 1)
    if (buffered.start(n) <= currentTime && currentTime <= buffered.end(n)) return buffered.end(n) - currentTime;
  return 0;
};
document.addEventListener("waiting", (event) => {
  if (witness.started && ahead(event.target) < 0.5) witness.stalls += 1;
}, true);
"""
SCREENSHOTS = Path(__file__).parent / "screenshots"


@dataclass(eq=False)
class Visitor:
    """A browser context with one page. `faults` must be empty at the end of a test; conftest sees to it."""

    context: BrowserContext
    site: str
    allowed: list[str] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    last_request: float = 0.0

    def __post_init__(self) -> None:
        self.context.add_init_script(WITNESS)
        self.context.on("console", self._said)
        self.context.on("weberror", self._broke)
        self.context.on("request", self._asked)
        self.page: Page = self.context.new_page()

    def allow(self, *parts: str) -> None:
        """Console errors with one of these parts belong to the test: a refusal the page then explains."""
        self.allowed += parts

    @property
    def faults(self) -> list[str]:
        """Console errors, page errors, violations of the policy and requests to other places, none of them allowed."""
        return [fault for fault in self.seen if not any(part in fault for part in self.allowed)]

    def quiet(self, *, seconds: float) -> bool:
        """Whether nothing was asked for during the last `seconds`."""
        return time.monotonic() - self.last_request > seconds

    def sign_in(self, token: str) -> "Visitor":
        """Get the cookie of a signed-in browser, without a page."""
        self.context.request.post(f"{self.site}/signin", form={"token": token})
        return self

    def sign_in_elsewhere(self, scopes: str) -> "Visitor":
        """As an identity provider leaves a tab: with an access token of these scopes.

        The server itself knows no such token, but the cookie: it is taken off what is asked, as API Gateway would.
        """
        claims = base64.urlsafe_b64encode(json.dumps({"sub": "ada", "scope": scopes}).encode()).decode().rstrip("=")
        kept = json.dumps({"token": f"e30.{claims}.c2VhbA", "ends": 4e12})
        self.page.route("**/v1/**", lambda route: route.continue_(headers=without_credential(route.request)))
        self.open("/signin").evaluate("(kept) => sessionStorage.setItem('matinee.access', kept)", kept)
        return self

    def open(self, address: str) -> Page:
        """The page at `address`, a path or a whole URL."""
        self.page.goto(address if "://" in address else self.site + address)
        return self.page

    def shoot(self, name: str) -> None:
        """A screenshot for people to look at: of the whole page, or of the window while a dialog lies over it."""
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=self.page.locator("dialog[open]").count() == 0)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.seen.append(f"console: {message.text} ({message.location.get('url', '').partition('#')[0]})")

    def _broke(self, error: WebError) -> None:
        self.seen.append(f"page error: {error.error.message}")

    def _asked(self, request: Request) -> None:
        self.requests.append(request.url)
        self.last_request = time.monotonic()
        parts = urlsplit(request.url)
        if parts.scheme not in ("blob", "data") and f"{parts.scheme}://{parts.netloc}" != self.site:
            self.seen.append(f"request to another place: {request.url}")


def without_credential(request: Request) -> dict[str, str]:
    """Its headers, but for the access token."""
    return {name: value for name, value in request.headers.items() if name != "authorization"}
