"""A library of two hundred titles leaves its machine for AWS, killed twice on the way, and plays there behind the gate.

The films are real and small: three are ingested by a running server, the others are those with other names, tags and
originals (a free box at the end tells them apart). The command calls as a user who may do what docs/operate.md says.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from matinee.domain.asset import Asset
from matinee.domain.ids import AssetId, derive_id
from matinee.domain.object_keys import media_prefix, receipt_key, source_key, version_prefix
from matinee.ports.object_store import walk
from matinee.services.standing import Side
from tests.contracts.aws_openers import open_dynamodb_catalog
from tests.contracts.emulator import REGION, ROOT, Caller, new_user
from tests.contracts.local_openers import open_side
from tests.needs import need
from tests.rehearsal.deployment import VARIABLES, Deployment, deployed
from tests.rehearsal.people import add_person, sign_in
from tests.rehearsal.place import Deployed
from tests.rehearsal.test_deployment import api
from tests.scenarios.place import session
from tests.system.clips import make_clip
from tests.system.server import Server, eventually

TITLES = 200
SIZES = ("640x360", "360x640", "480x270")
GRANTED = re.compile(r"`(?:(s3|dynamodb):)?(\w+)`")
URI = re.compile(r'URI="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Move:
    """Both sides: a machine whose server runs, a deployment, and who carries from one to the other."""

    server: Server
    deployment: Deployment
    carrier: Caller

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        """The command, as docs/operate.md has it."""
        own = {
            "MATINEE_DATA_DIR": str(self.server.data_dir),
            "AWS_ENDPOINT_URL": self.carrier.url,
            "AWS_ACCESS_KEY_ID": self.carrier.key_id,
            "AWS_SECRET_ACCESS_KEY": self.carrier.secret,
            "AWS_DEFAULT_REGION": REGION,
        }
        names = ("--bucket", self.deployment.bucket, "--table", self.deployment.outputs["dynamodb_table_name"])
        return subprocess.Popen(
            [sys.executable, "-m", "matinee", "migrate", "to-aws", *names, *arguments],
            env=os.environ | own, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def arrived(self) -> int:
        """How many titles are in the other catalog."""
        table = self.deployment.outputs["dynamodb_table_name"]
        client = self.deployment.root.session().client("dynamodb", endpoint_url=self.deployment.root.url)
        told = {":of": {"S": "assets"}}
        found = client.query(
            TableName=table, IndexName="by_listing", Select="COUNT",
            KeyConditionExpression="listing = :of", ExpressionAttributeValues=told,
        )  # fmt: skip
        return int(found["Count"])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Three films, and 197 like them."""
    clips = tmp_path_factory.mktemp("clips")
    running = Server(tmp_path_factory.mktemp("machine") / "data").start()
    try:
        made = [running.upload(make_clip(clips / f"{size}.mp4", seconds=3, size=size), title=size) for size in SIZES]
        for asset_id in made:
            assert running.settled(asset_id)["status"] == "ready"
        here = open_side(running.data_dir)
        films = [here.catalog.get_asset(AssetId(asset_id)) for asset_id in made]
        for number in range(len(made), TITLES):
            varied(here, films[number % len(films)], number)
        yield running
    finally:
        running.stop()


def varied(side: Side, film: Asset, number: int) -> None:
    """The film again, under another name, with an original of its own."""
    new = AssetId(derive_id("ast_", str(number)))
    assert film.media_run is not None
    assert film.version is not None
    original = source_key(new, "film.mp4")
    free = (16).to_bytes(4, "big") + b"free" + number.to_bytes(8, "big")
    side.store.put(original, side.store.get(film.source_key or "") + free, content_type="video/mp4")
    for prefix in (media_prefix(film.id, film.media_run), version_prefix(film.id, film.version)):
        for info in walk(side.store, prefix):
            side.store.copy(info.key, info.key.replace(film.id, new, 1))
    named = replace(film, id=new, title=f"Film {number} · 映画", tags=(f"shelf {number % 7}",), source_key=original)
    side.catalog.add_asset(replace(named, superseded=()))


@pytest.fixture(scope="module")
def move(server: Server, packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Move]:
    """The rehearsed AWS beside it."""
    variables = {name: value for name, value in VARIABLES.items() if name != "replica_region"}
    with deployed(packages, tmp_path_factory.mktemp("deployment"), variables) as found:
        there = need(found, "it needs Terraform and the AWS emulator: make .emulator/.stamp")
        yield Move(server, there, new_user(there.root, "carrier", stated(there)))


def stated(deployment: Deployment) -> dict[str, object]:
    """The rights that docs/operate.md says are needed, and no others."""
    text = (ROOT / "docs" / "operate.md").read_text().partition("The credentials need,")[2].partition("\n\n")[0]
    actions: dict[str, list[str]] = {"s3": [], "dynamodb": []}
    service = ""
    for named, action in GRANTED.findall(text):
        service = named or service
        actions[service].append(f"{service}:{action}")
    assert (len(actions["s3"]), len(actions["dynamodb"])) == (6, 7)
    table = f"arn:aws:dynamodb:*:*:table/{deployment.outputs['dynamodb_table_name']}"
    bucket = f"arn:aws:s3:::{deployment.bucket}"
    allowed = ((actions["s3"], [bucket, f"{bucket}/*"]), (actions["dynamodb"], [table, f"{table}/index/*"]))
    statements = [{"Effect": "Allow", "Action": what, "Resource": where} for what, where in allowed]
    return {"Version": "2012-10-17", "Statement": statements}


def plays(move: Move, token: str, asset_id: str) -> int:
    """Every playlist, segment and picture of the film's stream, through CloudFront and the gate; how many bytes."""
    opened = session(Deployed(move.deployment, token), asset_id)
    seen: set[str] = set()
    waiting = [urlsplit(opened["hls_url"]).path, urlsplit(opened["poster_url"]).path]
    size = 0
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = move.deployment.view(path)
        assert answer.status == 200, (asset_id, answer.status, answer.denial, path.rpartition("/")[2])
        size += len(answer.body)
        if path.endswith(".m3u8"):
            lines = answer.body.decode().splitlines()
            named = [line for line in lines if line and not line.startswith("#")]
            waiting += [urljoin(path, name) for name in (*named, *URI.findall(answer.body.decode()))]
    assert len(seen) > 5
    return size


@pytest.mark.soak
@pytest.mark.timeout(3000)
def test_two_hundred_titles_move_to_aws_killed_twice_and_play(move: Move) -> None:
    here = open_side(move.server.data_dir)
    for third in (1, 2):
        process = move.start("--json")
        try:
            eventually(lambda third=third: move.arrived() >= third * TITLES // 3, seconds=900, every_seconds=0.2)  # type: ignore[misc] # a default
        finally:
            process.kill()
            process.communicate()
        print(f"killed when {move.arrived()} titles had arrived")
        assert move.arrived() < TITLES
    before = move.arrived()
    with move.start("--check", "--json") as process:
        out, err = process.communicate(timeout=1800)
    assert process.returncode == 0, out + err
    report = json.loads(out)
    assert (len(report["assets"]["same"]), len(report["assets"]["new"])) == (before, TITLES - before)
    held = [info for info in walk(here.store, "") if not info.key.startswith("work/")]
    shown = [info for info in held if info.key.startswith(("sources/", "streams/"))]
    assert report["checked_bytes"] <= sum(info.size_bytes for info in shown)
    print(f"the third call sent {report['objects']} of {len(shown)} objects; {report['checked_bytes']} bytes read back")

    there = open_dynamodb_catalog(move.deployment.root, move.deployment.outputs["dynamodb_table_name"])
    token = sign_in(move.deployment, *add_person(move.deployment, "publisher"))
    with api(move.deployment, token) as http:
        found = http.get("/v1/assets", params={"q": "Film 123"}).raise_for_status().json()["items"]
        assert [asset["title"] for asset in found] == ["Film 123 · 映画"]
        assert found[0]["tags"] == [f"shelf {123 % 7}"]
    titles = [asset_id for standing in report["assets"].values() for asset_id in standing]
    assert len(set(titles)) == TITLES
    watched = 0
    for asset_id in titles:
        assert there.get_asset(asset_id) == replace(here.catalog.get_asset(asset_id), revision=1, superseded=())
        watched += plays(move, token, asset_id)
    print(f"{TITLES} titles played through the gate, {watched} bytes")
    s3 = move.deployment.root.session().client("s3", endpoint_url=move.deployment.root.url)
    assert s3.list_multipart_uploads(Bucket=move.deployment.bucket).get("Uploads", []) == []
    assert s3.head_object(Bucket=move.deployment.bucket, Key=receipt_key(titles[0]))["ContentLength"] > 0


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_the_catalog_of_a_moment_before_takes_the_place_of_the_one_that_is_used(move: Move) -> None:
    """docs/operate.md, "Back up and restore on AWS", by its own commands; the emulator knows no moments, only now."""
    deployment = move.deployment
    table, then = deployment.outputs["dynamodb_table_name"], "films-then"
    client = deployment.root.session().client("dynamodb", endpoint_url=deployment.root.url)
    client.restore_table_to_point_in_time(SourceTableName=table, TargetTableName=then, UseLatestRestorableTime=True)
    deployment.terraform.adopt("aws_dynamodb_table.catalog", then)
    deployment.terraform.apply(table_name=then)
    assert deployment.terraform.outputs()["dynamodb_table_name"] == then
    described = client.describe_table(TableName=then)["Table"]
    assert described["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    ttl = client.describe_time_to_live(TableName=then)["TimeToLiveDescription"]
    assert (ttl["TimeToLiveStatus"], ttl.get("AttributeName")) == ("ENABLED", "expires")
    client.delete_table(TableName=table)  # whoever still asks it is told so
    token = sign_in(deployment, *add_person(deployment, "publisher"))
    with api(deployment, token) as http:
        (asset,) = http.get("/v1/assets", params={"q": "Film 55 "}).raise_for_status().json()["items"]
        assert plays(move, token, asset["id"]) > 0
        http.patch(f"/v1/assets/{asset['id']}", json={"title": "Written there"}).raise_for_status()
    assert open_dynamodb_catalog(deployment.root, then).get_asset(asset["id"]).title == "Written there"
