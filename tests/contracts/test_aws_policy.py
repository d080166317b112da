"""What the adapters may do is what they need: all of the policy is enough, and without any one action something fails.

The emulator asks the same action of a presigned request as of a signed one, and for each write of a transaction its
own, as AWS does.
"""

import pytest

from matinee.errors import ErrorCode, MatineeError
from tests.contracts.aws_openers import (
    open_dynamodb_catalog,
    open_dynamodb_revocations,
    open_s3_store,
    open_step_functions_starter,
)
from tests.contracts.emulator import POLICY, Caller, Emulator
from tests.contracts.multipart import sha256
from tests.contracts.samples import NOON, a_session, asset_id, later, raises, run_id, session_id
from tests.contracts.test_aws_store import send

ACTIONS = [(number, action) for number, each in enumerate(POLICY["Statement"]) for action in each["Action"]]


def everything(caller: Caller, bucket: str, table: str, workflow: str) -> None:
    """A call of each kind."""
    store = open_s3_store(caller, bucket)
    store.put("k", b"v")
    assert store.get("k") == b"v"
    with raises(ErrorCode.OBJECT_NOT_FOUND):
        store.stat("none")
    assert len(store.list("").items) == 1
    upload = store.begin_multipart("up")
    link = store.link_part("up", upload, 1, size_bytes=4, ttl_seconds=60, sha256=sha256(b"part"))
    assert send(link, b"part", {}).status == 200
    store.complete_multipart("up", upload, store.list_parts("up", upload))
    store.delete("k")
    catalog = open_dynamodb_catalog(caller, table)
    catalog.add_session(a_session())
    catalog.get_session(session_id("one"))
    assert len(catalog.list_sessions(asset_id("one"))) == 1
    catalog.begin_request("k", "print", now=NOON, expires_at=later(60))
    catalog.finish_request("k", 201, "body")
    catalog.forget_asset(asset_id("one"))
    assert catalog.sweep(later(61)) == 1
    open_dynamodb_revocations(caller, table).revoke(session_id("one"), until=later(60))
    starter = open_step_functions_starter(caller, workflow)
    assert [starter.start(run_id("a"), now=NOON), starter.start(run_id("a"), now=NOON)] == [True, False]


def test_the_policy_is_enough(emulator: Emulator) -> None:
    everything(emulator.adapter, emulator.new_bucket(), emulator.new_table(), emulator.new_workflow())


@pytest.mark.parametrize(("statement", "action"), ACTIONS)
def test_every_action_of_the_policy_is_needed(emulator: Emulator, statement: int, action: str) -> None:
    bucket, table, workflow = emulator.new_bucket(), emulator.new_table(), emulator.new_workflow()
    with pytest.raises((MatineeError, AssertionError), match=r"AccessDenied|403"):
        everything(emulator.caller_without(statement, action), bucket, table, workflow)
