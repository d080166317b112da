"""When the gate serves what it would deny: while it is rolled out, and films that are public on purpose.

It must not know requests or settings. Twin of `spared` in `edge/gate.js` (docs/adr/0017). Whatever it says, only a
film's own well-formed path is served, and nothing before the first key.
"""

import re
from dataclasses import dataclass

from matinee.domain.ids import AssetId
from matinee.domain.token import is_media_path
from matinee.errors import ErrorCode

FILM = re.compile(r"/(ast_[0-9a-z]{20})/", re.ASCII)
MAX_PUBLIC = 20  # they lie in the entry of the keys at the edge, which holds 1 KB


@dataclass(frozen=True, slots=True, kw_only=True)
class Leniency:
    """`log_only`: a denial is written down, and the film served. `public`: films anybody may watch."""

    log_only: bool = False
    public: frozenset[AssetId] = frozenset()

    def words(self) -> list[str]:
        """What the gate at the edge is told, beside the keys."""
        return [*(["log"] if self.log_only else []), *sorted(self.public)]

    def spares(self, code: ErrorCode, path: str) -> AssetId | None:
        """The film at `path` if it is served though the check says `code`, else None."""
        film = FILM.match(path)
        if film is None or code is ErrorCode.GATE_NOT_READY or not is_media_path(path):
            return None
        asset_id = AssetId(film[1])
        return asset_id if self.log_only or asset_id in self.public else None


STRICT = Leniency()
