"""The HTTP API's services over AWS: what the function `api` is made of. It must not decide anything."""

from functools import partial
from pathlib import Path

from matinee.config import Settings, require
from matinee.http.built_pages import StoredPages
from matinee.http.state import App
from matinee.policies import (
    insight_policy,
    leniency,
    limits,
    link_policy,
    session_policy,
    share_policy,
    throttle_policy,
    upload_policy,
    webhook_networks,
)
from matinee.services.access import ClaimsAccess
from matinee.services.doorkeeper import Doorkeeper
from matinee.services.erasure import Erasure
from matinee.services.health import Health
from matinee.services.insight import Insight
from matinee.services.library import Library
from matinee.services.links import ObjectLinks
from matinee.services.playback import Sessions
from matinee.services.publishing import Publishing
from matinee.services.remains import Remains
from matinee.services.runs import Runs
from matinee.services.shares import Shares
from matinee.services.step_notes import counted_standing
from matinee.services.throttle import Throttle
from matinee.services.uploads import Uploads
from matinee.services.webhooks import Webhooks
from matinee.wiring_aws import (
    open_adapters,
    open_bell,
    open_copies,
    open_figures,
    open_insights,
    open_journal,
    open_keys,
    open_meter,
    open_replica,
    open_revocations,
    open_spending,
    open_starter,
    open_watch,
    open_webhooks,
)

PAID_AT_ONCE = 10  # requests for one write: $0.0625 a million at $0.625 a million writes (docs/adr/0023)


def open_cloud(settings: Settings) -> App:
    """The services over the adapters that `settings` name. Raises `setting_invalid` when one is missing."""
    require(settings, "public_url")
    adapters = open_adapters(settings)
    store, catalog, clock, entropy = adapters.store, adapters.catalog, adapters.clock, adapters.entropy
    revocations = open_revocations(settings, adapters)
    keys = open_keys(settings, adapters.session)
    runs = Runs(store, catalog, open_starter(settings, adapters), clock, partial(counted_standing, store, clock))
    uploads = Uploads(store, catalog, runs, clock, entropy, upload_policy(settings))
    journal = open_journal(settings, adapters)
    sessions = Sessions(catalog, keys, revocations, clock, entropy, session_policy(settings), journal)
    copies, insights = open_copies(settings, adapters), open_insights(settings, adapters)
    erasure = Erasure(store, catalog, uploads, sessions, copies, clock)
    library = Library(store, catalog, runs, erasure, Publishing(store, catalog, clock), clock)
    throttle = Throttle(open_meter(settings, adapters, keys), clock, throttle_policy(settings, at_once=PAID_AT_ONCE))
    return App(
        access=ClaimsAccess(settings.scope_prefix),
        door=Doorkeeper(throttle),
        uploads=uploads,
        library=library,
        sessions=sessions,
        journal=journal,
        shares=Shares(store, catalog, sessions, clock, entropy, share_policy(settings), throttle),
        links=ObjectLinks(store, link_policy(settings)),
        insight=Insight(insights, catalog, keys, revocations, clock, insight_policy(settings)),
        runs=runs,
        spending=open_spending(settings, adapters),
        remains=Remains(store, catalog, copies, journal, insights, open_replica(settings, adapters)),
        watch=open_watch(settings, adapters),
        figures=open_figures(settings, adapters),
        webhooks=Webhooks(
            open_webhooks(settings, adapters),
            open_bell(settings, adapters),
            clock,
            entropy,
            webhook_networks(settings),
        ),
        catalog=catalog,
        clock=clock,
        edge=None,
        leniency=leniency(settings),
        web_dir=Path("web"),  # CloudFront serves the pages
        page_source=StoredPages(store, clock).read,
        public_url=settings.public_url,
        limits=lambda: limits(settings, free_bytes=lambda: None, rotates_keys="schedule"),
        health=Health(catalog, store, clock).checks,
    )
