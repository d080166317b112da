"""A plan as JSON and back, for workers that share nothing but a store. It must not know where the document lies.

Fractions are text ("30000/1001"), so that nothing is rounded; what has no end ("inf") is text too, since JSON has no
such number. A field nobody knows is refused: the plan would mean something else without it. docs/media.md has the
schema.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from functools import cache
from math import isinf

from cattrs import Converter

from matinee.domain.media import Plan

FORMAT = 1


def to_json(plan: Plan) -> str:
    """The plan as text; the same plan is always the same text."""
    document = {"format": FORMAT, "plan": _converter().unstructure(plan)}
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def from_json(text: str) -> Plan:
    """The plan `to_json` was given. ValueError when it is of a format this version does not know."""
    document = json.loads(text)
    if document.get("format") != FORMAT:
        raise ValueError(f"plans of format {document.get('format')} are not known to this version")
    return _converter().structure(document["plan"], Plan)


@cache
def _converter() -> Converter:
    """Made at the first use: importing does nothing."""
    lists: Mapping[type, Callable[[Iterable[object]], object]] = {tuple: list}
    converter = Converter(forbid_extra_keys=True, detailed_validation=False, unstruct_collection_overrides=lists)
    converter.register_unstructure_hook(Fraction, str)
    converter.register_structure_hook(Fraction, lambda value, _: Fraction(value))
    converter.register_unstructure_hook(float, lambda value: "inf" if isinf(value) else value)
    converter.register_structure_hook(float, lambda value, _: float(value))
    return converter
