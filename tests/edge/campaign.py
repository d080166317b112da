"""Mutated requests put to both twins at once, and to a judge of its own. It must not know how either twin decides.

The judge reads a token with a JSON parser, signs what it read again and compares the texts; paths it decodes and
normalises. It is lenient where the twins are strict, so what it refuses and a twin admits is an admission by mistake.
"""

import base64
import ipaddress
import json
import posixpath
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import unquote

from matinee.domain.ids import SessionId
from matinee.domain.token import Claims, SigningKey, sign
from tests.edge.engines import Node, code, question
from tests.vectors.description import Case, keys_of
from tests.vectors.mutate import mutations
from tests.vectors.python_twin import python_answer

SEED = 20_261_123
BATCH = 2_000


@dataclass
class Campaign:
    """What came out: counts by (kind, answer), and the cases that must not be."""

    tried: int = 0
    seconds: float = 0.0
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    disagreements: list[tuple[Case, str, str]] = field(default_factory=list)
    mistakes: list[tuple[Case, str]] = field(default_factory=list)

    @property
    def admitted(self) -> int:
        """How many were let through, rightly or not."""
        return sum(count for (_, answer), count in self.answers.items() if answer == "ok")


def run(edge: Node, count: int, seed: int = SEED) -> Campaign:
    """`count` mutations through the Python twin and `edge`, batch by batch."""
    found = Campaign()
    started = time.monotonic()
    cases = mutations(count, seed)
    while batch := list(islice(cases, BATCH)):
        edge.send([question(case) for _, case in batch])
        local = [python_answer(case) for _, case in batch]  # while the other twin works
        for (kind, case), python, answer in zip(batch, local, edge.receive(), strict=True):
            javascript = code(answer)
            found.tried += 1
            found.answers[kind, python] += 1
            if python != javascript:
                found.disagreements.append((case, python, javascript))
            if "ok" in (python, javascript) and not deserved(case):
                found.mistakes.append((case, f"python {python}, gate.js {javascript}"))
    found.seconds = time.monotonic() - started
    return found


def deserved(case: Case) -> bool:
    """Whether the request may be admitted at all, by other means than the twins'."""
    try:
        empty, mount, token, *segments = case["uri"].partition("?")[0].split("/")
        claims = _minted(token, keys_of(case))
    except (ValueError, KeyError, TypeError):
        return False
    path = "/" + "/".join(segments)
    return (
        (empty, mount) == ("", "t")
        and claims.not_before <= case["now"] < claims.expires_at
        and claims.session_id not in case["revoked"]
        and posixpath.normpath(unquote(path)) == path
        and (path.startswith(claims.path) if claims.path.endswith("/") else path == claims.path)
        and path.isascii()
        and path.isprintable()
        and (claims.ip is None or _within(case["address"], claims.ip))
    )


def _minted(token: str, keys: dict[str, bytes]) -> Claims:
    """The claims of a token that is, letter by letter, what `sign` writes for them. Raises ValueError otherwise."""
    head, body, _ = token.split(".")
    header, payload = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in (head, body))
    claims = Claims(
        session_id=SessionId(payload["jti"]),
        viewer=payload["sub"],
        path=payload["pth"],
        not_before=payload["nbf"],
        expires_at=payload["exp"],
        session_ends_at=payload["ses"],
        ip=payload.get("ip"),
    )
    if sign(claims, SigningKey(header["kid"], keys[header["kid"]])) != token:
        raise ValueError(token)
    return claims


def _within(address: str, network: str) -> bool:
    try:
        found: ipaddress.IPv4Address | ipaddress.IPv6Address = ipaddress.ip_address(address)
        wanted = ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
    if wanted.version == 6 and wanted.prefixlen >= 96 and wanted.network_address.ipv4_mapped is not None:
        wanted = ipaddress.ip_network((wanted.network_address.ipv4_mapped, wanted.prefixlen - 96))
    mapped = found.ipv4_mapped if found.version == 6 else None
    return (mapped or found) in wanted
