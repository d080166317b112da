"""Writes the pages that are made from the code; `tests/unit/test_docs.py` holds them to it. Run it by `make docs`."""

import json
from pathlib import Path
from typing import Any

from matinee import config
from matinee.cli import reference
from matinee.errors import KINDS
from matinee.http.app import openapi_document

HERE = Path(__file__).parent
METHODS = ("get", "post", "put", "patch", "delete")


def http_api(document: dict[str, Any]) -> str:
    """`http-api.md`: every route with what it does, every error with its status."""
    rows = [
        "# HTTP API",
        "",
        "Made from the code by `make docs`. The whole contract, every field included, is `docs/openapi.json`"
        " (OpenAPI 3.1), served at `/openapi.json` with pages at `/docs`.",
        "",
        "Every call takes `Authorization: Bearer …` with the API token, but `/healthz`, the pages and a renewal. Bodies"
        " are JSON, strict: an unknown field is refused. POSTs that create take an `Idempotency-Key`: the same key with"
        " the same body gets the same answer for 24 hours. Times are RFC 3339 in UTC.",
        "",
        "| method and path | does | success |",
        "|---|---|---|",
    ]
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                operation = methods[method]
                status = next(code for code in operation["responses"] if code.startswith("2"))
                does = operation["description"].split("\n")[0]
                rows.append(f"| `{method.upper()} {path}` | {does} | {status} |")
    rows += [
        "",
        "`/t/{token}/{asset}/{version}/…` serves media to whoever holds the playback token; `docs/security.md` has its"
        " rules. `POST /v1/playback/{session_id}/renew` takes the playback token itself as its credential.",
        "",
        "## Errors",
        "",
        'A problem document (RFC 9457): `{"type", "title", "status", "detail", "code"}`. `detail` says what happened,'
        " to what, and what to do next; `code` is stable. `retry`: the same call may succeed later, unchanged.",
        "",
        "| code | status | title | retry |",
        "|---|---|---|---|",
        *(f"| `{code}` | {kind.status} | {kind.title} | {'yes' * kind.retry} |" for code, kind in KINDS.items()),
    ]
    return "\n".join(rows) + "\n"


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    document = openapi_document()
    return {
        "openapi.json": json.dumps(document, indent=1, ensure_ascii=False) + "\n",
        "http-api.md": http_api(document),
        "configuration.md": config.document(),
        "cli.md": reference.document(),
    }


if __name__ == "__main__":
    for name, text in pages().items():
        (HERE / name).write_text(text)
        print(f"docs/{name}")
