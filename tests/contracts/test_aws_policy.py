"""What the adapters may do is what they need: all of the policy is enough, and without any one action something fails.

The emulator asks the same action of a presigned request as of a signed one, and for each write of a transaction its
own, as AWS does.
"""

from dataclasses import dataclass

import pytest

from matinee.adapters.aws.cloud_copies import Keeping
from matinee.errors import ErrorCode, MatineeError
from tests.contracts.aws_openers import (
    open_cloud_copies,
    open_dynamodb_catalog,
    open_edge_revocations,
    open_s3_store,
    open_secret_keys,
    open_sqs_bell,
    open_step_functions_starter,
)
from tests.contracts.emulator import POLICY, Caller, Emulator
from tests.contracts.multipart import sha256
from tests.contracts.samples import NOON, a_session, asset_id, later, raises, run_id, session_id
from tests.contracts.test_aws_store import send

ACTIONS = [(number, action) for number, each in enumerate(POLICY["Statement"]) for action in each["Action"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the adapters of one test work."""

    bucket: str
    table: str
    workflow: str
    secret: str
    edge: str
    queue: str
    receipt: str
    distribution: str


@pytest.fixture
def place(emulator: Emulator) -> Place:
    """A fresh one."""
    queue = emulator.new_queue()
    return Place(
        bucket=versioned(emulator),
        table=emulator.new_table(),
        workflow=emulator.new_workflow(),
        secret=emulator.new_secret(),
        edge=emulator.new_key_value_store(),
        queue=queue,
        receipt=emulator.held(queue),
        distribution=emulator.new_distribution(),
    )


def versioned(emulator: Emulator) -> str:
    """A bucket as the deployment's is."""
    name = emulator.new_bucket()
    s3 = emulator.root.session().client("s3", endpoint_url=emulator.root.url)
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def everything(caller: Caller, place: Place) -> None:
    """A call of each kind."""
    bell = open_sqs_bell(caller, place.queue)
    bell.ring(("dlv_1",))
    bell.put_off(place.receipt, 60)
    store = open_s3_store(caller, place.bucket)
    store.put("k", b"v")
    assert store.get("k") == b"v"
    with raises(ErrorCode.OBJECT_NOT_FOUND):
        store.stat("none")
    assert len(store.list("").items) == 1
    upload = store.begin_multipart("up")
    link = store.link_part("up", upload, 1, size_bytes=4, ttl_seconds=60, sha256=sha256(b"part"))
    assert send(link, b"part", {}).status == 200
    store.complete_multipart("up", upload, store.list_parts("up", upload))
    store.abort_multipart("given up", store.begin_multipart("given up"))
    store.delete("k")
    copies = open_cloud_copies(caller, place.bucket, place.distribution, Keeping(noncurrent_days=30, purge=True))
    assert copies.drop("k") == 1
    copies.forget_cached(asset_id("one"))
    catalog = open_dynamodb_catalog(caller, place.table)
    catalog.add_session(a_session())
    catalog.get_session(session_id("one"))
    assert len(catalog.list_sessions(asset_id("one"))) == 1
    catalog.begin_request("k", "print", now=NOON, expires_at=later(60))
    catalog.finish_request("k", 201, "body")
    catalog.forget_asset(asset_id("one"))
    assert catalog.sweep(later(61)) == 1
    revocations = open_edge_revocations(caller, place.table, place.edge)
    revocations.revoke(session_id("one"), until=later(60))
    assert revocations.sweep(later(61)) == 1
    open_secret_keys(caller, place.secret, place.edge).rotate(now=NOON, keep_for_renewal_until=NOON)
    starter = open_step_functions_starter(caller, place.workflow)
    assert [starter.start(run_id("a"), now=NOON), starter.start(run_id("a"), now=NOON)] == [True, False]


def test_the_policy_is_enough(emulator: Emulator, place: Place) -> None:
    everything(emulator.adapter, place)


@pytest.mark.parametrize(("statement", "action"), ACTIONS)
def test_every_action_of_the_policy_is_needed(emulator: Emulator, place: Place, statement: int, action: str) -> None:
    with pytest.raises((MatineeError, AssertionError), match=r"AccessDenied|403"):
        everything(emulator.caller_without(statement, action), place)
