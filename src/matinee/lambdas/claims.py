"""Called by Cognito before it makes a token (pre token generation, V2): groups become scopes. No rights, no I/O.

    viewer      assets:read, playback:issue
    publisher   those and assets:write, playback:delegate, insight:read, audit:read
    operator    every scope, so spending:approve as well

Any user of a client may ask Cognito for any scope of the client, so what a group does not give is suppressed here, and
what it gives is there whether it was asked for or not.
"""

from functools import cache
from typing import Any

from matinee import config
from matinee.services.access import GROUPS, Scope


@cache
def _prefix() -> str:
    return config.load().scope_prefix


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """The event with what the access token shall hold."""
    groups = event["request"].get("groupConfiguration", {}).get("groupsToOverride") or []
    given = frozenset[Scope]().union(*(GROUPS[group] for group in groups if group in GROUPS))
    event["response"] = {
        "claimsAndScopeOverrideDetails": {
            "accessTokenGeneration": {
                "scopesToAdd": [_prefix() + scope for scope in Scope if scope in given],
                "scopesToSuppress": [_prefix() + scope for scope in Scope if scope not in given],
            }
        }
    }
    return event
