"""Idempotency keys in the table. It must not know HTTP; `ports.catalog` is what it promises.

pk              sk              holds
request#{key}   request         fingerprint, begun_at, ends_at; answer and body once it is answered
{asset id}      answer#{key}    target: an answer that names the asset, to be forgotten with it
"""

import re
from datetime import datetime, timedelta

from matinee.adapters.aws.dynamodb_ends import SHARDS, ends
from matinee.adapters.aws.dynamodb_table import BY_END, ConditionFailedError, Item, Table, key, number, text
from matinee.adapters.documents import microseconds
from matinee.domain.ids import AssetId
from matinee.errors import ErrorCode, MatineeError
from matinee.ports.catalog import RememberedAnswer
from matinee.ports.clock import Entropy

PREFIX, REQUEST, ANSWER = "request#", "request", "answer#"
ASSET_ID = re.compile(r"\bast_[0-9a-z]{20}\b", re.ASCII)
NAMED_AT_MOST = 50  # a transaction takes 100 writes; an answer names the asset it is about, and what its title holds
WRITER_BYTES = 12
FREE = "attribute_not_exists(#pk) OR #ends_at <= :now OR (attribute_not_exists(#answer) AND #begun_at <= :dead)"


class Requests:
    """The requests of the table; one that has run for `running_seconds` unanswered is dead, and its key free."""

    def __init__(self, table: Table, entropy: Entropy, running_seconds: int) -> None:
        self._table = table
        self._entropy = entropy
        self._running = timedelta(seconds=running_seconds)

    def begin(self, name: str, fingerprint: str, *, now: datetime, expires_at: datetime) -> RememberedAnswer | None:
        """None for the first with the key, else what is remembered; one conditional write decides."""
        item: Item = {
            **key(PREFIX + name, REQUEST),
            **ends("request", name, expires_at),
            "fingerprint": text(fingerprint),
            "begun_at": number(microseconds(now)),
            "writer": text(self._entropy.token_bytes(WRITER_BYTES).hex()),
        }
        values = {":now": number(microseconds(now)), ":dead": number(microseconds(now - self._running))}
        try:
            self._table.put(item, condition=FREE, values=values)
        except ConditionFailedError as error:
            if error.item is None:
                sentence = "The same request is being made at this moment; ask again."
                raise MatineeError(ErrorCode.CATALOG_CONFLICT, sentence) from error
            if error.item.get("writer") == item["writer"]:  # our own first try, whose answer was lost
                return None
            return _remembered(error.item)
        return None

    def finish(self, name: str, status: int, body: str) -> None:
        """Remember the answer, and below each asset it names that there is one."""
        found = self._table.get(PREFIX + name, REQUEST)
        if found is None:  # forgotten or swept meanwhile
            return
        pk = PREFIX + name
        values = {":status": number(status), ":body": text(body), ":writer": found["writer"]}
        update = self._table.to_update(
            pk, REQUEST, "SET #answer = :status, #body = :body", condition="#writer = :writer", values=values
        )
        named = sorted(set(ASSET_ID.findall(body)))[:NAMED_AT_MOST]
        pointer = {"target": text(pk), "expires": found["expires"]}
        below = [self._table.to_put({**key(asset, ANSWER + name), **pointer}) for asset in named]
        try:
            self._table.write_all([update, *below])
        except ConditionFailedError:  # the key ended meanwhile, and somebody else has it
            return

    def forget(self, name: str) -> None:
        """Free the key of a request that was not answered."""
        self._drop(PREFIX + name, "attribute_not_exists(#answer)")

    def forget_running(self) -> None:
        """Free the key of every request that was not answered."""
        for shard in range(SHARDS):
            for item in self._table.query("#ending = :ending", {":ending": text(f"request#{shard}")}, index=BY_END):
                self._drop(item["pk"]["S"], "attribute_not_exists(#answer)")

    def forget_naming(self, asset_id: AssetId) -> None:
        """Drop the answers that name the asset, then what lists them."""
        values = {":owner": text(asset_id), ":places": text(ANSWER)}
        pointers = list(self._table.query("#pk = :owner AND begins_with(#sk, :places)", values))
        for pointer in pointers:
            self._drop(pointer["target"]["S"], "contains(#body, :asset)", {":asset": text(asset_id)})
        self._table.delete_all([key(asset_id, pointer["sk"]["S"]) for pointer in pointers])

    def _drop(self, pk: str, condition: str, values: Item | None = None) -> None:
        try:
            self._table.delete(pk, REQUEST, condition=condition, values=values)
        except ConditionFailedError:
            return


def _remembered(item: Item) -> RememberedAnswer:
    answer = item.get("answer")
    return RememberedAnswer(
        fingerprint=item["fingerprint"]["S"],
        status=None if answer is None else int(answer["N"]),
        body=None if answer is None else item["body"]["S"],
    )
