"""Frozen values as JSON documents and back, for every catalog. It must not know tables or files.

One converter serves SQLite and DynamoDB alike, so that a document written by one can be read by the other. A field
nobody knows is refused, never dropped: writing the value back would lose it (docs/adr/0004).
"""

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TypeVar

from cattrs import Converter
from cattrs.errors import BaseValidationError, ForbiddenExtraKeysError

from matinee.domain.asset import Asset
from matinee.errors import ErrorCode, MatineeError

Value = TypeVar("Value")
Document = Mapping[str, object]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_document(value: object) -> Document:
    """`value` as names and JSON values: times as RFC 3339 in UTC, enums as their text, tuples as lists."""
    document: Document = _converter().unstructure(value)
    return document


def from_document(document: Document, kind: type[Value]) -> Value:
    """The value `to_document` was given. Raises `catalog_unavailable` when this version cannot read it."""
    try:
        return _converter().structure(document, kind)
    except (BaseValidationError, ForbiddenExtraKeysError, ValueError, TypeError, KeyError, MatineeError) as error:
        sentence = (
            f"A stored {kind.__name__.lower()} cannot be read by this version of Matinee ({type(error).__name__}: "
            f"{error}); run the version that wrote it, or put the catalog back from a backup."
        )
        raise MatineeError(ErrorCode.CATALOG_UNAVAILABLE, sentence) from error


def to_json(value: object) -> str:
    """`to_document`, as compact JSON text."""
    return json.dumps(to_document(value), separators=(",", ":"), ensure_ascii=False)


def from_json(text: str, kind: type[Value]) -> Value:
    """`from_document`, from JSON text. Raises `catalog_unavailable`."""
    try:
        document = json.loads(text)
    except ValueError as error:
        sentence = f"A stored {kind.__name__.lower()} is damaged ({error}); put the catalog back from a backup."
        raise MatineeError(ErrorCode.CATALOG_UNAVAILABLE, sentence) from error
    return from_document(document, kind)


def microseconds(at: datetime) -> int:
    """`at` as whole microseconds since 1970, exactly (a float of seconds would round)."""
    return (at - EPOCH) // MICROSECOND


def fold(text: str) -> str:
    """`text` for comparing whatever the case: canonical caseless matching (Unicode 16, 3.13, D145)."""
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text).casefold())


def search_text(asset: Asset) -> str:
    """What `AssetQuery.text` is looked for in, folded."""
    return fold("\n".join((asset.title, asset.description, *asset.tags)))


@cache
def _converter() -> Converter:
    """Made at the first use: importing does nothing."""
    lists: Mapping[type, Callable[[Iterable[object]], object]] = {
        tuple: list
    }  # JSON knows no tuples; values know no lists
    converter = Converter(forbid_extra_keys=True, detailed_validation=False, unstruct_collection_overrides=lists)
    converter.register_unstructure_hook(datetime, _time_out)
    converter.register_structure_hook(datetime, _time_in)
    return converter


def _time_out(at: datetime) -> str:
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _time_in(text: object, _: type[datetime]) -> datetime:
    if not isinstance(text, str):
        raise TypeError("a time that is not text")
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError("a time without its zone")
    return at.astimezone(UTC)
