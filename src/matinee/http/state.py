"""What routes work with: the services, a few settings, the address callers reach us by. No logic in here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import Depends, Request
from starlette.types import Receive, Scope, Send

from matinee.domain.leniency import Leniency
from matinee.domain.measure import Measure
from matinee.http.counting import Requests
from matinee.ports.catalog import Catalog
from matinee.ports.clock import Clock
from matinee.services.access import Access
from matinee.services.doorkeeper import Doorkeeper
from matinee.services.figures import Figures
from matinee.services.insight import Insight
from matinee.services.journal import Journal
from matinee.services.library import Library
from matinee.services.limits import AskLimits
from matinee.services.links import ObjectLinks
from matinee.services.playback import Sessions
from matinee.services.quality import Watch
from matinee.services.remains import Remains
from matinee.services.runs import Runs
from matinee.services.shares import Shares
from matinee.services.spending import Spending
from matinee.services.uploads import Uploads
from matinee.services.webhooks import Webhooks


class Edge(Protocol):
    """What answers for media before the API is asked (`http.delivery`)."""

    @staticmethod
    def serves(path: str) -> bool:
        """Whether `path` is answered here."""
        ...

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything an HTTP answer is made of.

    `page_source` reads a built page by its file name where the pages are not in `web_dir`; None: there is no such page.
    `cors_origins` are other sites whose pages may read what the API answers; empty where a gateway says so itself.
    `machine_measures` are those of this machine, beside the figures that every deployment has.
    `edge` is None where somebody else serves media and the pages in `web_dir`: CloudFront, on AWS.
    """

    access: Access
    door: Doorkeeper
    uploads: Uploads
    library: Library
    sessions: Sessions
    journal: Journal
    shares: Shares
    links: ObjectLinks
    insight: Insight
    runs: Runs
    spending: Spending
    remains: Remains
    watch: Watch
    figures: Figures
    webhooks: Webhooks
    catalog: Catalog
    clock: Clock
    edge: Edge | None
    leniency: Leniency
    web_dir: Path
    public_url: str | None
    limits: AskLimits
    health: Callable[[], dict[str, str]]
    page_source: Callable[[str], str | None] | None = None
    cors_origins: tuple[str, ...] = ()
    machine_measures: Callable[[], Sequence[Measure]] = tuple
    requests: Requests = field(default_factory=Requests)


def app_of(request: Request) -> App:
    """The `App` of the request's application."""
    app = request.app.state.matinee
    assert isinstance(app, App)  # noqa: S101 - build_app puts it there
    return app


def base_url(request: Request) -> str:
    """The address the caller reached us by: MATINEE_PUBLIC_URL, else the request's own scheme and host."""
    return app_of(request).public_url or f"{request.url.scheme}://{request.url.netloc}"


AppState = Annotated[App, Depends(app_of)]
BaseUrl = Annotated[str, Depends(base_url)]
