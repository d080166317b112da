"""What goes along with carried assets: runs, share links, counters, webhook endpoints. It must not know objects.

Each may be carried twice: what is there is left, or made up to what it lacks.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

from matinee.domain.asset import Asset
from matinee.domain.ids import AssetId, WebhookId
from matinee.domain.share_link import ShareLink
from matinee.domain.webhook import MAX_WEBHOOKS
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.ports.insights import Counters, Insights
from matinee.services.standing import Side

COUNTED = timedelta(days=3650)  # the longest that counters can be kept
MOST_SHARES = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Which webhooks went along, and for which there was no room."""

    carried: tuple[WebhookId, ...]
    left: tuple[WebhookId, ...]


class Belongings:
    """From `source` to `target`."""

    def __init__(self, source: Side, target: Side) -> None:
        self._source = source
        self._target = target

    def carry_run(self, asset: Asset) -> None:
        """The asset's last run, which tells how its ingest ended."""
        add_run(asset, self._source.catalog, self._target.catalog)

    def carry_shares(self, asset_id: AssetId) -> int:
        """Its share links; how many were written. Revoked on either side is revoked; no view is given back."""
        return add_shares(asset_id, self._source.catalog, self._target.catalog)

    def add_counters(self, asset_id: AssetId | None, today: date) -> None:
        """What was counted here and not there (None: of all assets); of a day that both counted, the larger stays."""
        there = _days(self._target.insights, asset_id, today)
        for day, counters in _days(self._source.insights, asset_id, today).items():
            held = there.get(day, {})
            lacking = {name: value - held.get(name, 0) for name, value in counters.items()}
            lacking = {name: value for name, value in lacking.items() if value > 0}
            if lacking:
                self._target.insights.add(asset_id, day, lacking)

    def carry_webhooks(self) -> Endpoints:
        """Endpoints with their secrets, switched off: while both sides run, nobody is to be told by both."""
        there = {webhook.id for webhook in self._target.webhooks.list_webhooks()}
        new = [webhook for webhook in self._source.webhooks.list_webhooks() if webhook.id not in there]
        room = max(0, MAX_WEBHOOKS - len(there))
        for webhook in new[:room]:
            self._target.webhooks.add_webhook(replace(webhook, enabled=False))
        names = tuple(webhook.id for webhook in new)
        return Endpoints(carried=names[:room], left=names[room:])


def add_run(asset: Asset, source: Catalog, target: Catalog) -> None:
    """The asset's last run, unless it is there already or its process died before it was written."""
    if asset.run is None:
        return
    try:
        target.add_run(source.get_run(asset.run))
    except MatineeError as error:
        if error.code not in (ErrorCode.CATALOG_CONFLICT, ErrorCode.ASSET_NOT_FOUND):
            raise


def add_shares(asset_id: AssetId, source: Catalog, target: Catalog) -> int:
    """The asset's share links, each as it is where more happened to it; how many were written."""
    written = 0
    for share in source.list_shares(asset_id, limit=MOST_SHARES):
        there = _share_in(target, share)
        if there is None:
            target.add_share(share)
            written += 1
            continue
        both = replace(there, views=max(there.views, share.views), revoked_at=there.revoked_at or share.revoked_at)
        if both != there:
            target.replace_share(both)
            written += 1
    return written


def _days(insights: Insights, asset_id: AssetId | None, today: date) -> Mapping[date, Counters]:
    return dict(insights.days(asset_id, today - COUNTED, today))


def _share_in(catalog: Catalog, share: ShareLink) -> ShareLink | None:
    try:
        return catalog.get_share(share.id)
    except MatineeError as error:
        if error.code is not ErrorCode.SHARE_NOT_FOUND:
            raise
        return None
