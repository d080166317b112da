"""`webhooks add`, `list`, `test`, `replay` …: who is told of what happens, from a terminal.

It must not know how requests travel. A secret is printed by what makes it, and by nothing else.
"""

import time
from collections.abc import Mapping

from matinee.cli.client import Api, Json, path_of
from matinee.cli.output import hint, local_time, print_fields, print_table, say

LOOK_SECONDS = 0.3
PATIENCE_SECONDS = 20.0  # a try takes 15 at most


def add(api: Api, url: str, events: list[str], description: str) -> Json:
    """A new endpoint, with its secret."""
    return api.post(path_of("webhooks"), {"url": url, "events": events, "description": description})


def edit(api: Api, webhook_id: str, change: Mapping[str, object]) -> Json:
    """Change what is not None."""
    return api.patch(path_of("webhooks", webhook_id), _given(change))


def test(api: Api, webhook_id: str) -> Json:
    """Send a test, and wait for what came of the first try."""
    sent = api.post(path_of("webhooks", webhook_id, "test"))
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        page = api.get(path_of("webhooks", webhook_id, "deliveries"), limit=25)
        found: Json | None = next((each for each in page["items"] if each["id"] == sent["id"]), None)
        if found is not None and found["tries"]:
            return found
        time.sleep(LOOK_SECONDS)
    return sent


def replay(api: Api, webhook_id: str, wanted: Mapping[str, object]) -> Json:
    """Tell again, call by call until the range is through; how many."""
    path, body, count = path_of("webhooks", webhook_id, "replay"), _given(wanted), 0
    while True:
        done = api.post(path, body)
        count += done["count"]
        if done["next_cursor"] is None:
            return {"count": count, "next_cursor": None}
        body = {**body, "cursor": done["next_cursor"]}


def print_webhook(webhook: Json) -> None:
    """One endpoint."""
    print_fields([
        ("id", webhook["id"]),
        ("url", webhook["url"]),
        ("told of", ", ".join(webhook["events"]) or "everything"),
        ("state", "on" if webhook["enabled"] else "off"),
        ("description", webhook["description"] or "-"),
    ])  # fmt: skip


def print_secret(webhook: Json) -> None:
    """The endpoint, and its secret this once."""
    print_webhook(webhook)
    say(f"secret       {webhook['secret']}")
    hint("Keep the secret now: it is not shown again. Lost, make another: matinee webhooks rotate " + webhook["id"])
    if webhook["previous_secret_valid_until"]:
        hint(f"The one before it signs too until {local_time(webhook['previous_secret_valid_until'])}.")


def print_webhooks(page: Json) -> None:
    """The table of `matinee webhooks list`."""
    if not page["items"]:
        hint("Nobody is told of anything yet: matinee webhooks add URL")
        return
    rows = [
        (each["id"], "on" if each["enabled"] else "off", ", ".join(each["events"]) or "everything", each["url"])
        for each in page["items"]
    ]
    print_table(("id", "state", "told of", "url"), rows, give_way=3)


def print_deliveries(page: Json) -> None:
    """The table of `matinee webhooks deliveries`."""
    if not page["items"]:
        hint("Nothing was told yet.")
        return
    rows = [
        (each["event_id"], each["event_type"], local_time(each["event_at"]), each["state"], str(each["tries"]),
         outcome(each))
        for each in page["items"]
    ]  # fmt: skip
    print_table(("event", "type", "at", "state", "tries", "last answer"), rows, give_way=5)


def print_delivery(delivery: Json) -> None:
    """What came of a test."""
    if delivery["state"] == "delivered":
        say(f"Delivered: the endpoint answered {outcome(delivery)}.")
    else:
        say(f"Not delivered yet: {outcome(delivery)}; it is tried again at {local_time(delivery['next_at'])}.")


def print_replay(done: Json) -> None:
    """How many events are on their way again."""
    say(f"{done['count']} events are told again, under the ids they had.")


def outcome(delivery: Json) -> str:
    """What the last try ended with."""
    if not delivery["attempts"]:
        return "not tried yet"
    last = delivery["attempts"][-1]
    return str(last["status"] or str(last["problem"]).replace("_", " "))


def _given(values: Mapping[str, object]) -> Json:
    return {name: value for name, value in values.items() if value is not None}
