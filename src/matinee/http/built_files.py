"""A file of the built pages as an answer: compressed when its reader can, and not sent again to who has it.

It must not know what is in it. The build lays `NAME.br` and `NAME.gz` beside `NAME` (web/compress.js); CloudFront
compresses by itself, so on AWS there are no such files and this is not asked.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import NotModifiedResponse, StaticFiles

# Names of RFC 9110, 8.4.1 and RFC 7932, the smaller first: of two that a reader likes equally, it gets that one.
SUFFIXES = {"br": ".br", "gzip": ".gz"}


def built_file(request: Request, path: Path, headers: Mapping[str, str]) -> Response:
    """The answer with `path`, which must be there: 200, 206 or 416 of the form chosen, or 304.

    Each form is a representation with an entity tag of its own; a range is one of the form's bytes (RFC 9110, 8.8.3.3
    and 14.2). The type is always that of the file itself.
    """
    forms = {name: Path(f"{path}{suffix}") for name, suffix in SUFFIXES.items()}
    offered = [name for name, form in forms.items() if form.is_file()]
    told = dict(headers)
    if offered:
        told["Vary"] = "Accept-Encoding"
    chosen = best_encoding(request.headers.get("accept-encoding", ""), offered)
    if chosen is not None:
        told["Content-Encoding"] = chosen
    form = path if chosen is None else forms[chosen]
    kind = guess_type(path)[0] or "application/octet-stream"
    found = form.stat()
    answer = FileResponse(form, headers=told, media_type=kind, stat_result=found)
    if StaticFiles(directory=path.parent).is_not_modified(answer.headers, request.headers):
        return NotModifiedResponse(answer.headers)
    if "range" in request.headers:
        return answer
    return Response(_content(form, found.st_mtime_ns, found.st_size), headers=dict(answer.headers))


@lru_cache(maxsize=64)
def _content(form: Path, _changed: int, _size: int) -> bytes:
    """What is in it, from memory: a page asks for half a dozen at once, and waits for all of them."""
    return form.read_bytes()


def best_encoding(accepted: str, offered: Iterable[str]) -> str | None:
    """The one of `offered`, best first, that `Accept-Encoding` weighs most; None: the file as it is.

    As it is, too, where nothing of it is liked better (RFC 9110, 12.5.3): an answer beats none.
    """
    weights = dict(_weighed(item) for item in accepted.lower().split(","))
    others = weights.get("*", 0.0)
    best, heaviest = None, weights.get("identity", 0.0)
    for name in offered:
        weight = weights.get(name, others)
        if weight > heaviest or (weight == heaviest > 0 and best is None):
            best, heaviest = name, weight
    return best


def _weighed(item: str) -> tuple[str, float]:
    name, _, weight = item.partition(";")
    key, _, value = weight.partition("=")
    if key.strip() != "q":
        return name.strip(), 1.0
    try:
        return name.strip(), min(1.0, max(0.0, float(value)))
    except ValueError:
        return name.strip(), 0.0  # not a weight: nothing is promised
