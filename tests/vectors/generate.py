"""Writes `token.json`: cases the Python verifier and the edge function must answer alike. Run it after a rule changed.

.venv/bin/python -m tests.vectors.generate
"""

import json
from pathlib import Path

from tests.vectors import rules_address, rules_leniency, rules_payload, rules_picture, rules_request, rules_token
from tests.vectors.description import KEY_SETS, Case

TARGET = Path(__file__).with_name("token.json")
RULES = (
    rules_token.admitted,
    rules_token.shapes,
    rules_token.spellings,
    rules_token.headers,
    rules_token.signatures,
    rules_payload.payloads,
    rules_request.times,
    rules_request.keys_and_revocations,
    rules_request.precedence,
    rules_request.paths,
    rules_request.mounts,
    rules_address.addresses,
    rules_leniency.leniencies,
    rules_picture.pictures,
)


def cases() -> list[Case]:
    """All of them, in the order of the rules."""
    return [case for rule in RULES for case in rule()]


def text() -> str:
    """The file: the key sets (kid to hex), then one case a line."""
    keys = {name: {key.kid: key.secret.hex() for key in found} for name, found in KEY_SETS.items()}
    lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases())
    return f'{{"key_sets": {json.dumps(keys)},\n"cases": [\n{lines}\n]}}\n'


def committed() -> list[Case]:
    """The cases as committed."""
    found: list[Case] = json.loads(TARGET.read_text())["cases"]
    return found


if __name__ == "__main__":
    TARGET.write_text(text())
    print(f"{TARGET.name}: {len(cases())} cases")
