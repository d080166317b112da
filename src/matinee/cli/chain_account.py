"""What the doctor asks of the account behind a deployment on AWS, where somebody with its credentials runs it.

It must not know how the account is asked. What it puts there it takes away, whatever happened.
"""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from matinee.cli.client import Api, path_of
from matinee.cli.doctor import Check, made
from matinee.cli.output import size_text
from matinee.cli.visitor import broken
from matinee.errors import MatineeError
from matinee.ports.account import Account

STEPS = ("inbox", "second Region", "functions at once", "schedule", "signing keys", "gate's store", "secret")
EVENT_SECONDS = 180.0  # S3's events take seconds, now and then over a minute
COPY_SECONDS = 300.0  # S3 copies most objects within seconds, and promises 15 minutes
LOOK_SECONDS = 0.5
ENOUGH_FUNCTIONS = 1000  # what docs/limits.md, "Quotas", reckons with; a new account begins lower
CALLED_WITHIN = timedelta(minutes=40)  # the upkeep is called every fifteen minutes, and once may fail
STORE_BYTES = 5 * 1024 * 1024  # CloudFront Developer Guide, "Quotas on key value stores"
DAYS = re.compile(r"rate\((\d+) days?\)")


class AccountChecks:
    """One deployment's account."""

    def __init__(self, api: Api, account: Account, film: Path) -> None:
        self._api = api
        self._account = account
        self._film = film

    def examine(self) -> Iterator[Check]:
        """Each step as it was found; none needs another."""
        steps: dict[str, Callable[[], str | Check]] = {
            "inbox": self._inbox,
            "second Region": self._copy,
            "functions at once": self._functions,
            "schedule": self._schedule,
            "signing keys": self._keys,
            "gate's store": self._store,
            "secret": self._secret,
        }
        for name in STEPS:
            yield made(name, steps[name])

    def _inbox(self) -> str:
        """How long S3's event takes to become a run."""
        name = f"doctor-{uuid4().hex}"
        key = f"inbox/{name}{self._film.suffix}"
        asset_id, began = "", time.monotonic()
        self._account.drop(self._film, key)
        try:
            while (waited := time.monotonic() - began) < EVENT_SECONDS:
                for asset in self._api.get(path_of("assets"), q=name)["items"]:
                    asset_id = asset["id"]
                    if asset["status"] != "uploading":
                        return f"a file put there was a run {waited:.1f} s later"
                time.sleep(LOOK_SECONDS)
            raise broken(f"a file put there is no run after {EVENT_SECONDS:.0f} s; see the dead-letter queue.")
        finally:
            with suppress(MatineeError):
                self._account.take_back(key)
            if asset_id:
                with suppress(MatineeError):
                    self._api.delete(path_of("assets", asset_id))

    def _copy(self) -> str | Check:
        """How long S3 takes to copy what viewers are sent."""
        if not self._account.second_region():
            return "there is none; the variable replica_region makes one"
        key, began = f"streams/doctor-{uuid4().hex}/film{self._film.suffix}", time.monotonic()
        self._account.drop(self._film, key)
        try:
            while (waited := time.monotonic() - began) < COPY_SECONDS:
                if self._account.copied(key):
                    return f"a file was there {waited:.1f} s later"
                time.sleep(LOOK_SECONDS)
        finally:
            with suppress(MatineeError):
                self._account.take_back(key)
        sentence = f"a file is not there after {COPY_SECONDS:.0f} s; see the bucket's Metrics, Replication."
        return Check(name="second Region", ok=True, warns=True, sentence=sentence)

    def _functions(self) -> Check:
        found = self._account.functions_at_once()
        fine = found >= ENOUGH_FUNCTIONS
        more = "" if fine else "; ask for more (Service Quotas, Lambda, Concurrent executions), or lower encode_at_once"
        sentence = f"this account may run {found} of them{more}"
        return Check(name="functions at once", ok=True, warns=not fine, sentence=sentence)

    def _schedule(self) -> str | Check:
        """That Scheduler may call: the upkeep leaves a line in its log each time."""
        found, now = self._account.schedule("upkeep"), datetime.now(UTC)
        if not found.enabled:
            raise broken("the schedule of the upkeep is switched off; switch it on, or apply again.")
        last = self._account.last_call("upkeep", CALLED_WITHIN)
        if last is not None:
            return f"the upkeep is called by {found.every}, last {_ago(now - last)} ago"
        if now - found.since < CALLED_WITHIN:
            sentence = f"the upkeep was not called yet; it will be, by {found.every}: ask again after that."
            return Check(name="schedule", ok=True, warns=True, sentence=sentence)
        raise broken(f"the upkeep was not called within {_ago(CALLED_WITHIN)}; see the dead-letter queue.")

    def _keys(self) -> str:
        """That they are rotated when they should be."""
        found, changed = self._account.schedule("rotate-keys"), self._account.key_changed_at()
        if changed is None:
            raise broken("there is no secret of signing keys; apply again.")
        age, days = datetime.now(UTC) - changed, DAYS.fullmatch(found.every)
        if not found.enabled or (days is not None and age > timedelta(days=int(days[1]) + 1)):
            raise broken(f"the signing keys are {_ago(age)} old, and are to be rotated by {found.every}.")
        return f"written {_ago(age)} ago, rotated by {found.every}"

    def _store(self) -> Check:
        found = self._account.gate_store()
        share = 100 * found.told_bytes / STORE_BYTES
        alike = found.told_bytes == found.counted_bytes
        differs = "" if alike else f", but its entries add up to {size_text(found.counted_bytes)}: please report it"
        sentence = f"{found.entries} entries, {size_text(found.told_bytes)} of its 5 MB ({share:.1f} %){differs}"
        return Check(name="gate's store", ok=True, warns=not alike or share > 50, sentence=sentence)

    def _secret(self) -> str:
        """What two rotations at once rely on."""
        if not self._account.refuses_second_value():
            raise broken("Secrets Manager let a version have a second value: rotate keys one at a time, and report it.")
        return "a version of a secret takes one value: two rotations at once lose no key"


def _ago(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    if minutes < 120:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 1440:.0f} days"
