"""Changing what others change too: read, move, write unless somebody wrote. It must not know which move."""

from collections.abc import Callable

from matinee.domain.asset import Asset
from matinee.domain.ids import AssetId, RunId
from matinee.domain.run import Run
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog


def move_asset(catalog: Catalog, asset_id: AssetId, move: Callable[[Asset], Asset | None]) -> Asset:
    """The asset as `move` leaves it; when somebody wrote meanwhile (a new title, say), what they left is moved.

    `move` may answer None: then the asset stays as it is. What it raises ends the attempt with nothing written.
    """
    while True:
        asset = catalog.get_asset(asset_id)
        moved = move(asset)
        if moved is None:
            return asset
        try:
            return catalog.replace_asset(moved)
        except MatineeError as error:
            if error.code is not ErrorCode.CATALOG_CONFLICT:
                raise


def move_run(catalog: Catalog, run_id: RunId, move: Callable[[Run], Run]) -> Run:
    """The run as `move` leaves it, in the same way; a move that changes nothing writes nothing."""
    while True:
        run = catalog.get_run(run_id)
        moved = move(run)
        if moved == run:
            return run
        try:
            return catalog.replace_run(moved)
        except MatineeError as error:
            if error.code is not ErrorCode.CATALOG_CONFLICT:
                raise
