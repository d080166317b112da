"""What a migration notes on the side it brings to: which objects came, and how the asset was then.

It must not know stores. A receipt answers two questions of whoever migrates again: which objects need not be sent
once more (`Sent`), and which side has changed an asset since (`bases`: marks of it as it was carried, the last two,
since a crash may come between the note and the write it is of).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from typing import Any  # a value of a field

from matinee.domain.asset import Asset
from matinee.domain.ids import is_instant

FORMAT = 1
KEPT_BASES = 2
# Each side counts its own changes, and its own superseded versions.
NOT_CARRIED = frozenset({"revision", "superseded"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """An object that came: its tags there and here, and the SHA-256 (base64) of each piece it was sent in."""

    key: str
    size_bytes: int
    from_tag: str
    to_tag: str
    piece_bytes: int
    sums: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What came of one asset, or with no `bases` of plain objects."""

    bases: tuple[str, ...] = ()
    sent: tuple[Sent, ...] = ()

    def with_base(self, mark: str) -> tuple[str, ...]:
        """The marks to keep once the asset is carried as `mark` says."""
        return (*(base for base in self.bases if base != mark), mark)[-KEPT_BASES:]

    def to_bytes(self) -> bytes:
        """As JSON."""
        document = {"format": FORMAT, "bases": self.bases, "sent": [asdict(each) for each in self.sent]}
        return json.dumps(document, separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Receipt":
        """What `to_bytes` made; one of another version tells nothing, and what it is of is sent again."""
        document = json.loads(data)
        if document["format"] != FORMAT:
            return cls()
        sent = tuple(Sent(**{**each, "sums": tuple(each["sums"])}) for each in document["sent"])
        return cls(bases=tuple(document["bases"]), sent=sent)


def newest(sent: Iterable[Sent]) -> Mapping[str, Sent]:
    """By key; the later one counts."""
    return {each.key: each for each in sent}


def carried(asset: Asset, *, indexed: bool) -> Asset:
    """The asset as it stands on the other side, where it is new.

    `indexed`: what can be watched of it is put together from its source by an index that holds on this side alone;
    there it can be watched once it is ingested again.
    """
    if indexed:
        asset = asset.withdrawn(asset.updated_at)
    return replace(asset, superseded=(), revision=1)


def may_be_indexed(asset: Asset) -> bool:
    """Whether what can be watched may have no files of its own."""
    return asset.media_run is not None and is_instant(asset.media_run)


def mark_of(asset: Asset) -> str:
    """The same for the same title in the same state; what a newer version adds does not count until it is used."""
    told = {
        each.name: value
        for each in fields(asset)
        if each.name not in NOT_CARRIED and (value := getattr(asset, each.name)) != each.default
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=_plain).encode()).hexdigest()


def _plain(value: Any) -> object:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)
