"""How a sender asks for the links of parts: each with the sum of its bytes."""

from typing import Any

from matinee.domain.upload import sum_of


def wishes(parts: dict[int, bytes]) -> dict[str, Any]:
    """The body that asks for links to send `parts`, by number."""
    return {"parts": [{"number": number, "sha256": sum_of(data)} for number, data in parts.items()]}
