"""What follows when the store tells that an object has arrived. It must not know who tells, nor how.

It may be told twice, late, or never: everything here may run twice, and what it does happens without it too
(`Uploads.complete` is asked for by whoever sends the parts, `Inbox.scan` finds what nobody was told of).
"""

import logging

from matinee.domain.ids import AssetId
from matinee.domain.upload import UploadState
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import Catalog
from matinee.services.inbox import PREFIX as INBOX
from matinee.services.inbox import Inbox
from matinee.services.uploads import Uploads

SOURCES = "sources/"
# The object, its upload or its asset is not what it was when it arrived: somebody was quicker, nothing is left to do.
OVER = (
    ErrorCode.OBJECT_NOT_FOUND,
    ErrorCode.ASSET_DELETED,
    ErrorCode.UPLOAD_STATE,
    ErrorCode.UPLOAD_EXPIRED,
    ErrorCode.UPLOAD_INCOMPLETE,
)

log = logging.getLogger(__name__)


class Arrivals:
    """Objects that have arrived."""

    def __init__(self, catalog: Catalog, uploads: Uploads, inbox: Inbox) -> None:
        self._catalog = catalog
        self._uploads = uploads
        self._inbox = inbox

    def arrived(self, key: str) -> None:
        """A file in the inbox becomes an asset; an upload whose file is whole is completed. Other keys are left alone.

        Raises what needs another try, or a person.
        """
        try:
            self._follow(key)
        except MatineeError as error:
            if error.code not in OVER:
                raise
            log.info("arrival left alone", extra={"code": error.code})

    def _follow(self, key: str) -> None:
        if key.startswith(INBOX):
            self._inbox.take(key)
        elif key.startswith(SOURCES):
            self._complete(AssetId(key.removeprefix(SOURCES).partition("/")[0]), key)

    def _complete(self, asset_id: AssetId, key: str) -> None:
        for upload in self._catalog.list_uploads_of(asset_id):
            if upload.key == key and upload.state is UploadState.OPEN:
                self._uploads.complete(upload.id)
