"""The one DynamoDB table: its keys, its indexes, and how they are asked. It must not know what items mean.

    pk, sk        every item; reads of it are strongly consistent
    by_listing    listing, position    all      what is listed newest first
    by_state      state, position      all      what is in a state, in an order
    by_title      asset, title         some     assets by title; `state`, `kind`, `tags`, `search` are in it,
    by_length     asset, length        some     … and by length: a write that changes none of these costs neither
    by_end        ending, ends_at      keys     what ends, in shards: sessions end by the thousand a second
    the stream    every write, before and after: what other systems are told of (`dynamodb_stream`)
    expires       time to live, in seconds since 1970; DynamoDB deletes within days, so nobody leans on it for time

The indexes follow a write within a second or so, never at once. A position is `{microseconds since year 1}#{id}`,
so that text sorts as times do. The table's Terraform says the same; `table_definition` is what the tests make.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TypeAlias  # Any: keyword arguments of the client, which its stubs check

from botocore.exceptions import ClientError

from matinee.adapters.aws.errors import CONDITION_FAILED, aws_errors, code_of
from matinee.errors import ErrorCode, MatineeError

# An attribute is {"S": …} or {"N": …}, as the service itself spells it; an item gives one for each name.
if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeDefinitionTypeDef,
        AttributeValueTypeDef,
        CreateTableInputTypeDef,
        GlobalSecondaryIndexTypeDef,
        KeySchemaElementTypeDef,
        ProjectionTypeDef,
        TransactWriteItemTypeDef,
    )

    Attribute: TypeAlias = AttributeValueTypeDef
    Item: TypeAlias = Mapping[str, AttributeValueTypeDef]
else:
    Attribute = Item = Mapping

BY_LISTING = "by_listing"
BY_STATE = "by_state"
BY_END = "by_end"
BY_TITLE = "by_title"
BY_LENGTH = "by_length"
ASKED_BY = ("kind", "search", "state", "tags")  # what the two last hold beside the keys
YEAR_ONE = 62_135_596_800_000_000  # microseconds from year 1 to 1970: no position is negative
NAME = re.compile(r"#(\w+)")
MAX_KEY_BYTES = 2048
BATCH_READ, BATCH_WRITE = 100, 25  # the service's own limits a request
BATCH_TRIES, PAUSE_SECONDS = 8, 0.02  # five seconds in all


def table_definition(name: str) -> "CreateTableInputTypeDef":
    """What CreateTable takes. Time to live on `expires` is switched on apart."""

    def index(
        title: str, hash_key: str, range_key: str, projection: "ProjectionTypeDef"
    ) -> "GlobalSecondaryIndexTypeDef":
        return {"IndexName": title, "KeySchema": _keys(hash_key, range_key), "Projection": projection}

    texts = ("pk", "sk", "listing", "state", "position", "ending", "asset", "title", "length")
    attributes: list[AttributeDefinitionTypeDef] = [{"AttributeName": each, "AttributeType": "S"} for each in texts]
    return {
        "TableName": name,
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [*attributes, {"AttributeName": "ends_at", "AttributeType": "N"}],
        "KeySchema": _keys("pk", "sk"),
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        "GlobalSecondaryIndexes": [
            index(BY_LISTING, "listing", "position", {"ProjectionType": "ALL"}),
            index(BY_STATE, "state", "position", {"ProjectionType": "ALL"}),
            index(BY_END, "ending", "ends_at", {"ProjectionType": "KEYS_ONLY"}),
            index(BY_TITLE, "asset", "title", {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(ASKED_BY)}),
            index(BY_LENGTH, "asset", "length", {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(ASKED_BY)}),
        ],
    }


def text(value: str) -> Attribute:
    """A text as the service spells it."""
    return {"S": value}


def number(value: int) -> Attribute:
    """A number as the service spells it."""
    return {"N": str(value)}


def key(pk: str, sk: str) -> Item:
    """The key of an item."""
    return {"pk": text(pk), "sk": text(sk)}


def position(microseconds: int, name: str) -> str:
    """Where something of that time and id stands in an index."""
    return f"{microseconds + YEAR_ONE:018d}#{name}"


class ConditionFailedError(Exception):
    """A write was refused by its condition; `item` is what lies there, None when nothing does or it was not told."""

    def __init__(self, item: Item | None) -> None:
        super().__init__("condition failed")
        self.item = item


class Table:
    """The table `name`, with the service's errors as ours and a lost condition as `ConditionFailedError`."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def get(self, pk: str, sk: str) -> Item | None:
        """The item, as the last write left it; None also for a key that cannot be."""
        if not 1 <= len(pk.encode()) <= MAX_KEY_BYTES:
            return None
        with _errors("reading the catalog"):
            answer = self._client.get_item(TableName=self._name, Key=key(pk, sk), ConsistentRead=True)
        return answer.get("Item")

    def get_all(self, keys: Sequence[Item]) -> list[Item]:
        """The items of `keys` that are there, as the last write left them, in any order."""
        found: list[Item] = []

        def read(left: Any) -> Any:
            with _errors("reading the catalog"):
                answer = self._client.batch_get_item(RequestItems=left)
            found.extend(answer["Responses"].get(self._name, []))
            return answer.get("UnprocessedKeys")

        for start in range(0, len(keys), BATCH_READ):
            group = list(keys[start : start + BATCH_READ])
            ask_until_done(read, {self._name: {"Keys": group, "ConsistentRead": True}})
        return found

    def put(self, item: Item, *, condition: str, values: Item | None = None) -> None:
        """Write the item if `condition` holds; `#name` in it is the attribute, whatever words are reserved."""
        with _errors("writing the catalog"):
            self._conditional(
                self._client.put_item, Item=item, **_expressions(condition, values, "ConditionExpression")
            )

    def update(self, pk: str, sk: str, change: str, *, condition: str, values: Item) -> None:
        """Change the item by an update expression if `condition` holds."""
        given = _expressions(condition, values, "ConditionExpression", UpdateExpression=change)
        with _errors("writing the catalog"):
            self._conditional(self._client.update_item, Key=key(pk, sk), **given)

    def delete(self, pk: str, sk: str, *, condition: str, values: Item | None = None) -> None:
        """Remove the item if `condition` holds."""
        given = _expressions(condition, values, "ConditionExpression")
        with _errors("writing the catalog"):
            self._conditional(self._client.delete_item, Key=key(pk, sk), **given)

    def delete_all(self, keys: Sequence[Item]) -> None:
        """Remove the items of `keys`, whatever they hold."""

        def write(left: Any) -> Any:
            with _errors("writing the catalog"):
                return self._client.batch_write_item(RequestItems=left).get("UnprocessedItems")

        for start in range(0, len(keys), BATCH_WRITE):
            group = keys[start : start + BATCH_WRITE]
            ask_until_done(write, {self._name: [{"DeleteRequest": {"Key": each}} for each in group]})

    def write_all(self, writes: Sequence["TransactWriteItemTypeDef"]) -> None:
        """Several writes, all or none. botocore sends a token along, so that a repeated request is one."""
        with _errors("writing the catalog"):
            try:
                self._client.transact_write_items(TransactItems=writes)
            except self._client.exceptions.TransactionCanceledException as error:
                reasons = error.response.get("CancellationReasons", [])
                if any(reason.get("Code") == "ConditionalCheckFailed" for reason in reasons):
                    raise ConditionFailedError(None) from error
                raise

    def to_put(self, item: Item, *, condition: str | None = None) -> "TransactWriteItemTypeDef":
        """A put for `write_all`."""
        given = _expressions(condition, None, "ConditionExpression") if condition else {}
        return {"Put": {"TableName": self._name, "Item": item, **given}}  # type: ignore[typeddict-item] # expressions

    def to_update(self, pk: str, sk: str, change: str, *, condition: str, values: Item) -> "TransactWriteItemTypeDef":
        """An update for `write_all`."""
        given = _expressions(condition, values, "ConditionExpression", UpdateExpression=change)
        return {"Update": {"TableName": self._name, "Key": key(pk, sk), **given}}  # type: ignore[typeddict-item] # expressions

    def query(
        self,
        condition: str,
        values: Item,
        *,
        index: str | None = None,
        newest_first: bool = False,
        filtered: str | None = None,
        limit: int | None = None,
        page_size: int | None = None,
    ) -> Iterator[Item]:
        """The items for a condition on a key, in its order, up to `limit`; read page by page as they are asked for.

        A page is a megabyte, or `page_size` items where fewer are likely to be asked for.
        """
        given = _expressions(
            condition, values, "KeyConditionExpression", **({"FilterExpression": filtered} if filtered else {})
        )
        given |= {"IndexName": index} if index else {"ConsistentRead": True}
        size = limit if limit and not filtered else page_size
        given |= {"Limit": size} if size else {}
        count = 0
        while True:
            with _errors("reading the catalog"):
                page = self._client.query(TableName=self._name, ScanIndexForward=not newest_first, **given)
            for item in page["Items"]:
                yield item
                count += 1
                if count == limit:
                    return
            if not page.get("LastEvaluatedKey"):
                return
            given["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _conditional(self, call: Any, **given: Any) -> None:
        try:
            call(TableName=self._name, ReturnValuesOnConditionCheckFailure="ALL_OLD", **given)
        except ClientError as error:
            if code_of(error) != CONDITION_FAILED:
                raise
            item: Any = error.response.get("Item")
            raise ConditionFailedError(item) from error


def _expressions(condition: str, values: Item | None, kind: str, **more: str) -> dict[str, Any]:
    """A condition with the names it uses; `#name` stands for the attribute, since many plain words are reserved."""
    given: dict[str, Any] = {kind: condition, **more}
    names = {f"#{name}": name for name in NAME.findall(" ".join((condition, *more.values())))}
    if names:
        given["ExpressionAttributeNames"] = names
    if values:
        given["ExpressionAttributeValues"] = values
    return given


def _keys(hash_key: str, range_key: str) -> "list[KeySchemaElementTypeDef]":
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]


def ask_until_done(ask: Callable[[Any], Any], wanted: Any) -> None:
    """`ask` for what is wanted, then for what it answers was left undone. Raises `catalog_unavailable` in the end.

    A batch of which DynamoDB did only a part is no error to botocore, which therefore does not ask again.
    """
    for turn in range(BATCH_TRIES):
        wanted = ask(wanted)
        if not wanted:
            return
        time.sleep(PAUSE_SECONDS * 2**turn)  # the service asks for growing pauses, or it throttles again
    sentence = (
        "DynamoDB takes no more at the moment; try again soon, and if it stays so look at the table's throttling."
    )
    raise MatineeError(ErrorCode.CATALOG_UNAVAILABLE, sentence)


def _errors(doing: str) -> AbstractContextManager[None]:
    return aws_errors(doing, otherwise=ErrorCode.CATALOG_UNAVAILABLE)
