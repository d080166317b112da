"""The whole system as `terraform apply` makes it, in the order of a person's first day with it.

One file, so that one process has one deployment; the last tests plan again and destroy it.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from botocore.exceptions import ClientError
from standardwebhooks import Webhook

from matinee.adapters.key_ring import KeyRing
from matinee.cli import chain as doctor
from matinee.cli import chain_account, login
from matinee.cli.client import access_token, open_api
from matinee.cli.credentials import Credentials
from matinee.config import Settings
from matinee.domain.edge_store import KEYS_ENTRY
from matinee.domain.ids import SessionId
from matinee.domain.object_keys import RESERVED_PREFIXES
from matinee.domain.token import Claims, SigningKey, sign
from matinee.wiring import make_one_second_film
from matinee.wiring_account import open_account
from tests.contracts.emulator import REGION, new_user
from tests.contracts.people import People
from tests.key_search import spellings
from tests.receiver import Receiver, receiving
from tests.rehearsal.deployment import REPLICA_REGION, Answer, Deployment, things
from tests.rehearsal.gate_store import GateStore
from tests.rehearsal.linted import findings
from tests.rehearsal.names import resolved
from tests.rehearsal.people import add_person, sign_in
from tests.rehearsal.place import Deployed
from tests.rehearsal.rights import (
    for_everything,
    granted,
    needed_on_other_days,
    of_services,
    open_to_anybody,
    policies,
    resources,
    rights,
    services,
    used,
    with_a_reason,
)
from tests.rehearsal.rings import WAYS, Account
from tests.rehearsal.terraform import ROOT
from tests.scenarios.place import Body, Place, decoded_seconds, session, settled, token_in, uploaded
from tests.scenarios.suite import Scenarios
from tests.system.clips import make_clip
from tests.system.server import eventually
from tests.vectors.description import Case, entries_of
from tests.vectors.generate import committed

pytestmark = pytest.mark.timeout(900)  # a busy machine makes the packages and applies in minutes

ACCOUNT = "000000000000"
ASSET = "ast_0123456789abcdefghjk"
PRIVATE = b"nobody sees this without a token"
FILE = f"/{ASSET}/ver_0123456789abcdefghjk/main.m3u8"
# An address that HTTP can say, and that CloudFront takes to the gate: the others never reach it.
ASKABLE = re.compile(r"/t/[!-~]*\Z")
ADDRESS = re.compile(r"[0-9A-Fa-f:.]+\Z")


@pytest.fixture(scope="module")
def stored(deployment: Deployment) -> Deployment:
    """One private object under each prefix, and one plain one."""
    s3 = deployment.root.session().client("s3", endpoint_url=deployment.root.url)
    for key in (f"streams{FILE}", "sources/film.mp4", "work/parts.json", "film.mp4"):
        s3.put_object(Bucket=deployment.bucket, Key=key, Body=PRIVATE)
    return deployment


@pytest.fixture(scope="module")
def publisher(deployment: Deployment) -> str:
    """The first publisher's access token."""
    return sign_in(deployment, *add_person(deployment, "publisher"))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of picture and sound."""
    return make_clip(tmp_path_factory.mktemp("clips") / "four seconds.mp4")


@pytest.fixture(scope="module")
def told(deployment: Deployment, publisher: str) -> Iterator[tuple[Receiver, Body]]:
    """Somebody else's server, told of everything from the first film on; it fails the first time it is asked."""
    with receiving() as receiver, api(deployment, publisher) as http:
        receiver.answer = lambda message: 204 if message.id in {each.id for each, _ in receiver.answered} else 500
        yield receiver, http.post("/v1/webhooks", json={"url": receiver.url}).raise_for_status().json()


@pytest.fixture(scope="module")
def place(deployment: Deployment, publisher: str) -> Place:
    """The deployment, for its publisher."""
    return Deployed(deployment, publisher)


@pytest.fixture(scope="module")
def film(place: Place, clip: Path, told: tuple[Receiver, Body]) -> str:
    """A film uploaded by the API, made by the workflow: its asset's id."""
    asset_id = uploaded(place, clip, title="A film")
    assert settled(place, asset_id)["status"] == "ready"
    return asset_id


def api(deployment: Deployment, token: str) -> httpx.Client:
    """A signed-in program, by way of the distribution."""
    return deployment.client(deployment.site, Authorization=f"Bearer {token}")


def refused(answer: Answer) -> bool:
    """No success, nothing private."""
    return answer.status >= 300 and PRIVATE not in answer.body


# --- the gate -------------------------------------------------------------------------------------------------------


def test_every_rule_of_the_gate_holds_on_cloudfront(deployment: Deployment) -> None:
    cases = [case for case in committed() if ASKABLE.match(case["uri"]) and ADDRESS.match(case["address"])]
    assert len(cases) > 900
    wrong = []
    with GateStore(deployment).borrowed() as store:
        for entries, alike in groupby(sorted(cases, key=_entries), key=_entries):
            store.replace(json.loads(entries))
            for case in alike:
                answer = deployment.view(
                    case["uri"], x_rehearsal_now=str(case["now"]), x_rehearsal_address=case["address"]
                )
                if answer.denial != case["answer"]:
                    wrong.append((case["name"], case["answer"], answer.status, answer.denial))
    assert wrong == []


def _entries(case: Case) -> str:
    return json.dumps(entries_of(case), sort_keys=True)


def test_a_token_opens_its_film_and_nothing_beside_it(stored: Deployment) -> None:
    kid, secret = GateStore(stored).entries()[KEYS_ENTRY].split(" ")[0].split(":")
    now = int(time.time())
    claims = Claims(
        session_id=SessionId("ses_00000000000000000001"),
        viewer="viewer",
        path=f"/{ASSET}/",
        not_before=now - 60,
        expires_at=now + 600,
        session_ends_at=now + 600,
    )
    token = sign(claims, SigningKey(kid, bytes.fromhex(secret)))
    answer = stored.view(f"/t/{token}{FILE}", Origin="https://elsewhere.example")
    assert (answer.status, answer.body) == (200, PRIVATE)
    assert answer.headers["access-control-allow-origin"] == "*"
    for path in (f"/../..{FILE}", "/%2e%2e/sources/film.mp4", "/../sources/film.mp4", f"/{ASSET}/../../film.mp4"):
        assert refused(stored.view(f"/t/{token}{path}")), path


PRIVATE_PATHS = [
    f"/streams{FILE}",
    f"//streams{FILE}",
    f"/%73treams{FILE}",
    f"/web/../streams{FILE}",
    f"/./streams{FILE}",
    f"/..%2fstreams{FILE}",
    f"/%2e%2e/streams{FILE}",
    f"/t/../streams{FILE}",
    f"/t/x/../../streams{FILE}",
    f"/v1/../streams{FILE}",
    FILE,
    f"/t{FILE}",
    f"/t/x{FILE}",
    "/sources/film.mp4",
    "//sources/film.mp4",
    "/web/../sources/film.mp4",
    "/work/parts.json",
    "/film.mp4",
    "/../film.mp4",
]


@pytest.mark.parametrize("path", PRIVATE_PATHS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_cloudfront_refuses_what_no_token_asks_for(stored: Deployment, path: str, method: str) -> None:
    for query in ("", "?list-type=2", "?versionId=null", "?X-Amz-Signature=0"):
        assert refused(stored.view(path + query, method)), query


@pytest.mark.parametrize("path", [*PRIVATE_PATHS, "/", "/web/index.html"])
def test_the_bucket_refuses_who_does_not_sign(stored: Deployment, path: str) -> None:
    for query in ("", "?list-type=2", "?versions", "?acl", "?policy", "?location", "?uploads"):
        assert refused(stored.store(path + query)), query
    for method in ("PUT", "POST", "DELETE"):
        assert refused(stored.store(path, method)), method


def test_the_bucket_refuses_by_its_path_address_too(stored: Deployment) -> None:
    for path in PRIVATE_PATHS:
        assert refused(stored.ask(f"s3.{REGION}.amazonaws.com", f"/{stored.bucket}{path}")), path


@pytest.mark.parametrize("path", [f"/streams{FILE}", FILE, "/", "/web/index.html"])
def test_the_copy_refuses_who_does_not_sign(stored: Deployment, path: str) -> None:
    for query in ("", "?list-type=2", "?versions", "?policy"):
        assert refused(stored.copy(path + query)), query


# --- pages and sign-in ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/signin", f"/watch/{ASSET}", "/docs"])
def test_pages_are_served_with_a_policy(deployment: Deployment, path: str) -> None:
    answer = deployment.view(path)
    assert (answer.status, answer.headers["content-type"].split(";")[0]) == (200, "text/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_pages_learn_where_to_sign_in(deployment: Deployment) -> None:
    assert json.loads(deployment.view("/settings.json").body) == deployment.outputs["sign_in"]


def test_nobody_reaches_the_api_without_signing_in(deployment: Deployment) -> None:
    for host in (deployment.site, deployment.outputs["api_endpoint"]):
        assert deployment.ask(host, "/v1/assets").status == 401
        assert deployment.ask(host, "/v1/assets", Authorization="Bearer nonsense").status == 401
    assert deployment.ask(deployment.outputs["api_endpoint"], "/?key=film.mp4").status == 401


def test_a_viewer_reads_and_does_not_write(deployment: Deployment) -> None:
    token = sign_in(deployment, *add_person(deployment, "viewer"))
    with api(deployment, token) as http:
        assert http.get("/v1/assets").status_code == 200
        assert http.post("/v1/uploads", json={"filename": "a.mp4", "size_bytes": 10}).status_code == 403


# --- a bad day, while nobody works yet ------------------------------------------------------------------------------


@pytest.fixture
def account(deployment: Deployment) -> Iterator[Account]:
    """The account, and who is told of alarms."""
    with Account(deployment).listening() as found:
        yield found


def test_no_alarm_rings_on_a_good_day_and_each_has_a_way_to_ring_and_a_page(account: Account) -> None:
    account.look()
    assert account.ringing() == set()
    alarms = sorted(account.alarms())
    assert alarms == sorted(name for names, _ in WAYS for name in names)
    page = (ROOT / "docs" / "operate.md").read_text().partition("\n## Alarms\n")[2]
    rows = " ".join(line.split("|")[1] for line in page.splitlines() if line.startswith("| `"))
    named = [f"`{name}`" for name in alarms if not name.startswith("throttled-")]
    assert [name for name in [*named, "`throttled-…`"] if name not in rows] == []


@pytest.mark.parametrize(("alarms", "happens"), WAYS, ids=[" ".join(names) for names, _ in WAYS])
def test_an_alarm_rings_when_what_it_is_for_happens(
    account: Account, alarms: tuple[str, ...], happens: Callable[[Account], None]
) -> None:
    before = account.ringing()
    happens(account)
    rings = account.ringing()
    assert (before & set(alarms), rings & set(alarms)) == (set(), set(alarms))
    assert {(name, "ALARM") for name in alarms} <= account.told_of(), "and somebody is told"


# --- a film ---------------------------------------------------------------------------------------------------------


class TestDeployed(Scenarios):
    """What one machine does, done by AWS."""


def test_a_viewer_has_sessions_of_their_own_and_a_publisher_those_of_all(
    deployment: Deployment, publisher: str, place: Place, film: str
) -> None:
    address = f"/v1/assets/{film}/playback"
    with api(deployment, sign_in(deployment, *add_person(deployment, "viewer"))) as viewer:
        assert viewer.post(address, json={"viewer": "grace"}).status_code == 403
        own = viewer.post(address).json()["session_id"]
        assert viewer.get(f"/v1/assets/{film}/sessions").status_code == 403
        assert viewer.get("/v1/audit").status_code == 403
        others = session(place, film, viewer="grace")["session_id"]
        assert viewer.delete(f"/v1/playback/{others}").status_code == 403
        assert viewer.delete(f"/v1/playback/{own}").status_code == 204
    with api(deployment, publisher) as http:
        listed = {each["session_id"]: each for each in http.get(f"/v1/assets/{film}/sessions").json()["items"]}
        assert (listed[own]["state"], listed[others]["state"], listed[others]["viewer"]) == ("revoked", "open", "grace")
        records = http.get("/v1/audit", params={"session_id": own}).json()["items"]
        assert [each["act"] for each in records] == ["session_revoked", "session_opened"]
        assert {each["caller"] for each in records} == {listed[own]["viewer"]}
        assert http.get("/v1/audit", params={"asset_id": film}).json()["items"]


# --- from a terminal --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shell(deployment: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings of a publisher who ran `matinee login`, by the pool's own pages and the client's own callback."""
    address, password = add_person(deployment, "publisher")
    browser = People(settings={}, name=address, password=password)
    home = tmp_path_factory.mktemp("home")
    settings = Settings(data_dir=home / "none", state_dir=home, url=str(deployment.outputs["api_url"]))
    with resolved(deployment), ThreadPoolExecutor() as threads:
        acting: list[Future[httpx.Response]] = []
        credential = login.sign_in(
            settings.url, lambda _: None, lambda url: acting.append(threads.submit(browser.sign_in, url))
        )
        assert login.DONE in acting[0].result(30).text
    Credentials(settings.notes_dir).keep(settings.url, credential)
    return settings


def test_who_signed_in_from_a_terminal_has_a_token_for_other_programs(deployment: Deployment, shell: Settings) -> None:
    link = f"/?key={quote('film.mp4')}"
    answer = deployment.ask(deployment.outputs["api_endpoint"], link, Authorization=f"Bearer {access_token(shell)}")
    assert answer.status in (200, 404)  # no stranger: 401


def test_the_doctor_finds_nothing_broken(deployment: Deployment, shell: Settings) -> None:
    with resolved(deployment), open_api(shell) as api:
        account = open_account(deployment.bucket)
        checks = list(doctor.examine(api, partial(make_one_second_film, shell), account))
    assert [check.name for check in checks] == [*doctor.STEPS, *chain_account.STEPS]
    assert {check.name: check.sentence for check in checks if not check.ok} == {}
    print(*(f"{check.name}: {check.sentence}" for check in checks), sep="\n")


# --- the first Region refuses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["500", "502", "503", "504", "nothing"])
def test_films_and_pages_come_from_the_second_region_while_the_first_fails(
    deployment: Deployment, place: Place, film: str, said: str
) -> None:
    path = urlsplit(session(place, film)["hls_url"]).path
    away = {"x_rehearsal_away": f"{deployment.bucket} {said}"}
    for target in (path, "/", f"/watch/{film}"):
        here, there = deployment.view(target), deployment.view(target, **away)
        assert (there.status, there.body) == (200, here.body), target
    if said == "503":
        made = session(place, film)
        assert decoded_seconds(place, made["hls_url"], **{"x-rehearsal-away": f"{deployment.bucket} 503"}) > 3.9


def test_the_gate_stands_before_the_second_region_too(
    stored: Deployment, publisher: str, place: Place, film: str
) -> None:
    away = {"x_rehearsal_away": f"{stored.bucket} 503"}
    made = session(place, film)
    path = urlsplit(made["hls_url"]).path
    assert stored.view(path, **away).status == 200
    for private in PRIVATE_PATHS:
        assert refused(stored.view(private, **away)), private
    with api(stored, publisher) as http:
        http.delete(f"/v1/playback/{made['session_id']}").raise_for_status()
    assert (stored.view(path, **away).status, stored.view(path, **away).denial) == (410, "session_revoked")


def test_what_the_first_region_refuses_is_not_asked_of_the_second(
    deployment: Deployment, place: Place, film: str
) -> None:
    path = urlsplit(session(place, film)["hls_url"]).path
    for said in ("403", "404"):
        assert deployment.view(path, x_rehearsal_away=f"{deployment.bucket} {said}").status == int(said)


def test_a_look_for_what_a_deletion_left_looks_into_the_second_region(deployment: Deployment, publisher: str) -> None:
    """The emulator copies at once: the minutes in which S3 has not yet carried the deletion over are played here."""
    s3 = deployment.root.session().client("s3", region_name=REPLICA_REGION, endpoint_url=deployment.root.url)
    with api(deployment, publisher) as http:
        upload = http.post("/v1/uploads", json={"filename": "a.mp4", "size_bytes": 4}).raise_for_status().json()
        asset = upload["asset_id"]
        key = f"streams/{asset}/ver_0123456789abcdefghjk/main.m3u8"
        s3.put_object(Bucket=deployment.replica, Key=key, Body=PRIVATE)
        http.delete(f"/v1/assets/{asset}").raise_for_status()
        behind = http.get(f"/v1/assets/{asset}/remains").raise_for_status().json()
        assert [(each["place"], each["count"], each["size_bytes"]) for each in behind["found"]] == [
            ("replica", 1, len(PRIVATE))
        ]
        assert not behind["clean"]
        s3.delete_object(Bucket=deployment.replica, Key=key)
        through = http.get(f"/v1/assets/{asset}/remains").raise_for_status().json()
    assert [(each["place"], each["gone_by"] is not None) for each in through["found"]] == [
        ("replica_old_version", True)
    ]
    assert (through["clean"], through["not_looked_at"]) == (True, [])


def test_a_link_is_for_tls_alone_and_the_object_is_not_public(stored: Deployment, place: Place) -> None:
    url = place.link("film.mp4").raise_for_status().json()["url"]
    assert httpx.get(url, timeout=30).content == PRIVATE
    assert httpx.get(url, headers={"X-Forwarded-Proto": "http"}, timeout=30).status_code == 403
    assert refused(stored.store("/film.mp4"))


def test_the_function_that_signs_links_could_open_no_film_were_it_wrong(stored: Deployment) -> None:
    policy = policies(stored.terraform.state())["module.link.aws_iam_role_policy.rights"]
    twin = new_user(stored.root, "who-may-do-what-link-may", json.loads(policy))
    s3 = twin.session().client("s3", endpoint_url=stored.root.url)
    assert s3.get_object(Bucket=stored.bucket, Key="film.mp4")["Body"].read() == PRIVATE
    for prefix in RESERVED_PREFIXES:  # whether there is something or not: who may read and list hears NoSuchKey
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.get_object(Bucket=stored.bucket, Key=f"{prefix}film.mp4")


# --- an ordinary week -------------------------------------------------------------------------------------------------


def called(deployment: Deployment, name: str, event: Body) -> Any:
    """What a function answers to who calls it by hand, or by the clock."""
    client = deployment.root.session().client("lambda", endpoint_url=deployment.root.url)
    answer = client.invoke(FunctionName=f"matinee-{name}", Payload=json.dumps(event).encode())
    body = json.loads(answer["Payload"].read() or b"null")
    assert "FunctionError" not in answer, body
    return body


def test_a_new_key_signs_and_the_one_before_still_opens(deployment: Deployment, place: Place, film: str) -> None:
    before = urlsplit(session(place, film)["hls_url"]).path
    kid = called(deployment, "rotate-keys", {"now": True})["kid"]
    assert GateStore(deployment).entries()[KEYS_ENTRY].startswith(f"{kid}:")
    assert deployment.view(before).status == 200


def test_the_upkeep_finds_everything_in_order(deployment: Deployment, film: str) -> None:
    called(deployment, "upkeep", {})


def test_a_film_that_fails_fails_its_execution_which_an_alarm_counts(
    account: Account, place: Place, tmp_path: Path
) -> None:
    before = account.executions("FAILED")
    text = tmp_path / "letter.mp4"
    text.write_bytes(b"Dear Grace, this is no film either. " * 100)
    assert settled(place, uploaded(place, text))["error"]["code"] == "source_unreadable"
    eventually(lambda: account.executions("FAILED") > before)


def test_what_happened_is_told_again_until_it_is_taken_and_signed(
    deployment: Deployment, publisher: str, film: str, told: tuple[Receiver, Body]
) -> None:
    receiver, webhook = told
    with api(deployment, publisher) as http:
        http.post(f"/v1/webhooks/{webhook['id']}/test").raise_for_status()
        wanted = {"asset.created", "asset.ready", "webhook.test"}
        receiver.until(lambda: wanted <= {each.event["type"] for each in receiver.taken})
        ready = next(each for each in receiver.taken if each.event["type"] == "asset.ready")
        believed = Webhook(webhook["secret"]).verify(ready.body, ready.headers)
        log = http.get(f"/v1/webhooks/{webhook['id']}/deliveries?limit=100").raise_for_status().json()["items"]
    assert believed["data"]["asset_id"] == film
    delivery = next(each for each in log if each["event_id"] == ready.id)
    assert [each["status"] for each in delivery["attempts"]][:2] == [500, 204]


# --- what was left behind -------------------------------------------------------------------------------------------


def test_no_key_and_no_token_is_in_a_state_a_log_or_an_environment(
    deployment: Deployment, publisher: str, film: str
) -> None:
    keys = [form.decode("latin-1") for form in secret_forms(deployment)]
    told = [pair.split(":")[1] for pair in GateStore(deployment).entries()[KEYS_ENTRY].split(" ")]
    assert set(told) <= set(keys)
    with api(deployment, publisher) as http:  # its answer is remembered for a day, and told again to the letter
        key = {"Idempotency-Key": "a session that is asked for twice"}
        asked = [http.post(f"/v1/assets/{film}/playback", json={}, headers=key) for _ in range(2)]
    assert asked[0].raise_for_status().content == asked[1].content
    assert asked[1].headers["idempotency-replayed"] == "true"
    token = token_in(asked[0].json()["hls_url"])
    wrote = {
        "state": json.dumps(deployment.terraform.state()),
        "emulator": deployment.log.read_text(errors="replace"),
        "logs": "\n".join(logged(deployment)),
        "environments": json.dumps(environments(deployment)),
        "catalog": json.dumps(items(deployment), default=str),
    }
    assert "MATINEE_SECRET_ARN" in wrote["environments"]
    assert "matinee" in wrote["logs"]
    signature, access = token.rsplit(".", 1)[1], publisher.rsplit(".", 1)[1]
    for where, text in wrote.items():
        for secret in (*keys, signature, access, "X-Amz-Signature="):
            assert secret not in text, where


def secret_forms(deployment: Deployment) -> set[bytes]:
    """Every spelling of every key that is in the secret, retired ones too."""
    manager = deployment.root.session().client("secretsmanager", endpoint_url=deployment.root.url)
    (name,) = [each["Name"] for each in manager.list_secrets()["SecretList"] if "signing-keys" in each["Name"]]
    ring = KeyRing.from_json(manager.get_secret_value(SecretId=name)["SecretString"])
    return {form for secret in ring.renewal_keys().values() for form in spellings(secret)}


def environments(deployment: Deployment) -> list[Any]:
    """What every function is told."""
    client = deployment.root.session().client("lambda", endpoint_url=deployment.root.url)
    pages = client.get_paginator("list_functions").paginate()
    return [each.get("Environment") for page in pages for each in page["Functions"]]


def items(deployment: Deployment) -> list[Any]:
    """Everything in the table."""
    client = deployment.root.session().client("dynamodb", endpoint_url=deployment.root.url)
    pages = client.get_paginator("scan").paginate(TableName=deployment.outputs["dynamodb_table_name"])
    return [item for page in pages for item in page["Items"]]


def logged(deployment: Deployment) -> list[str]:
    """Every line of every log group."""
    logs = deployment.root.session().client("logs", endpoint_url=deployment.root.url)
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    pages = [page for name in groups for page in logs.get_paginator("filter_log_events").paginate(logGroupName=name)]
    return [event["message"] for page in pages for event in page["events"]]


def test_every_right_of_a_function_was_needed(deployment: Deployment, film: str) -> None:
    did = used(deployment.log.with_name("decisions.jsonl"))
    given = granted(deployment.terraform.state())
    assert sorted(given - did - needed_on_other_days()) == []
    assert sorted(needed_on_other_days() - given) == []


def test_no_role_may_do_everything_and_nobody_may_do_anything(deployment: Deployment) -> None:
    state = deployment.terraform.state()
    assert for_everything(state) == with_a_reason()
    assert open_to_anybody(rights(state)) == []


def test_a_role_of_a_service_may_do_this_and_no_more(deployment: Deployment) -> None:
    media, copy = f"arn:aws:s3:::{deployment.bucket}", f"arn:aws:s3:::{deployment.replica}"
    functions = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:matinee"
    machine = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:matinee-ingest"
    executions = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:matinee-ingest:*"
    letters = {"sqs:SendMessage": {f"arn:aws:sqs:{REGION}:{ACCOUNT}:matinee-dead-letters"}}
    found = of_services(deployment.terraform.state())
    for_all = {use.action: {"*"} for use in with_a_reason() if use.role == "matinee-workflow"}
    assert found == {
        "matinee-workflow": {
            "lambda:InvokeFunction": {f"{functions}-ingest", f"{functions}-encode"},
            "s3:GetObject": {f"{media}/work/*"},
            "states:StartExecution": {machine},
            "states:DescribeExecution": {executions},
            "states:StopExecution": {executions},
            **for_all,
        },
        "matinee-rotate-keys-schedule": {"lambda:InvokeFunction": {f"{functions}-rotate-keys"}, **letters},
        "matinee-upkeep-schedule": {"lambda:InvokeFunction": {f"{functions}-upkeep"}, **letters},
        "matinee-replication": {
            "s3:GetReplicationConfiguration": {media},
            "s3:ListBucket": {media},
            "s3:GetObjectVersionForReplication": {f"{media}/streams/*"},
            "s3:GetObjectVersionAcl": {f"{media}/streams/*"},
            "s3:GetObjectVersionTagging": {f"{media}/streams/*"},
            "s3:ReplicateObject": {f"{copy}/streams/*"},
            "s3:ReplicateDelete": {f"{copy}/streams/*"},
            "s3:ReplicateTags": {f"{copy}/streams/*"},
        },
    }


def test_each_service_acts_for_this_deployment_alone(deployment: Deployment) -> None:
    state = deployment.terraform.state()
    arns = {each["address"]: each["values"].get("arn", "") for each in resources(state["values"]["root_module"])}
    api = deployment.outputs["api_endpoint"].partition(".")[0]
    account = {("aws:SourceAccount", ACCOUNT)}
    assert services(state) == {
        "lambda.amazonaws.com": {("", "")},  # a function's role names no function: whoever may pass the role chooses it
        "states.amazonaws.com": account,
        "scheduler.amazonaws.com": account,
        "s3.amazonaws.com": account,
        "budgets.amazonaws.com": account,
        "cloudwatch.amazonaws.com": account,
        "cloudfront.amazonaws.com": {("AWS:SourceArn", arns["aws_cloudfront_distribution.site"])},
        "events.amazonaws.com": {("aws:SourceArn", arns["aws_cloudwatch_event_rule.stored"])},
        "cognito-idp.amazonaws.com": {("aws:SourceArn", arns["aws_cognito_user_pool.people[0]"])},
        "apigateway.amazonaws.com": {("aws:SourceArn", f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/*/*")},
    }


def test_every_policy_is_one_that_aws_knows(deployment: Deployment) -> None:
    found = policies(deployment.terraform.state())
    of_rights = {where: policy for where, policy in found.items() if ".aws_iam_role." not in f".{where}"}
    assert len(of_rights) > 12
    assert {where: told for where, policy in of_rights.items() if (told := findings(policy))} == {}


def test_a_misspelt_action_and_one_for_another_kind_of_thing_would_be_told() -> None:
    for action, resource in (("s3:GetObjekt", "arn:aws:s3:::films/*"), ("s3:GetObject", "arn:aws:s3:::films")):
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        assert findings(json.dumps({"Version": "2012-10-17", "Statement": [statement]})) != []


# What the emulator forgets: an alarm's settings, the tags of an object sent in parts, a state machine's tracing; and it
# says of an authorizer for JWTs what only one by Lambda has.
ALARM = "aws_cloudwatch_metric_alarm.alarm"
FORGOTTEN = {
    *((ALARM, name) for name in ("actions_enabled", "alarm_actions", "alarm_description", "dimensions", "ok_actions")),
    *((ALARM, name) for name in ("period", "statistic", "treat_missing_data")),
    ("aws_apigatewayv2_authorizer.people", "authorizer_payload_format_version"),
    ("aws_s3_object.package", "tags_all"),
    ("aws_sfn_state_machine.ingest", "tracing_configuration"),
}


# What is looked for in the end, each of which the deployment has.
KINDS = {
    "apigatewayv2", "budgets", "cache policy", "cloudwatch", "cognito", "distribution", "dynamodb", "events",
    "function", "iam", "lambda", "logs", "origin access control", "origin request policy", "response headers policy",
    "s3", "scheduler", "secretsmanager", "sns", "sqs", "stepfunctions", "store",
}  # fmt: skip


def test_a_second_plan_is_empty_but_for_what_the_emulator_forgets(deployment: Deployment) -> None:
    assert deployment.terraform.changes() == FORGOTTEN


def test_what_the_emulator_forgets_is_said() -> None:
    page = (ROOT / "docs" / "limits.md").read_text()
    (row,) = [line for line in page.splitlines() if line.startswith("| The real Terraform applies")]
    assert [name for _, name in sorted(FORGOTTEN) if f"`{name}`" not in row] == []


def test_destroy_leaves_nothing_behind(deployment: Deployment) -> None:
    made = things(deployment.root) - deployment.before
    assert {kind for kind in KINDS if not any(name.startswith(f"{kind} ") for name in made)} == set()
    deployment.terraform.destroy()
    assert things(deployment.root) - deployment.before == set()
