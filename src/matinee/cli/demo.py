"""The clip a newcomer sees first: 20 seconds of moving picture, tone and a visible count, through the whole chain.

It must not take a short cut: the clip is made as a file, dropped into the inbox, and ingested like any other.
"""

import logging
import time

from matinee.domain.asset import Status
from matinee.domain.ids import AssetId
from matinee.wiring import Machine, make_demo_clip

log = logging.getLogger(__name__)

TITLE = "Matinee demonstration"
KEY = f"inbox/{TITLE}.mp4"
LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 300.0


def publish_demo(machine: Machine) -> AssetId | None:
    """The demonstration's id once it can be watched; None when that took too long or failed."""
    make_demo_clip(machine, KEY)
    asset_id = machine.inbox.take(KEY)
    if asset_id is None:
        return None
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        asset = machine.app.library.get(asset_id)
        if asset.watchable:
            return asset_id
        if asset.status is Status.FAILED:
            log.warning("the demonstration failed", extra={"asset": asset_id})
            return None
        time.sleep(LOOK_SECONDS)
    return None
