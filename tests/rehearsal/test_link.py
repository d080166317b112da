"""`GET /?key=` by the function that signs links itself: the same answers as the API's own route, and links that play.

Both stand over the emulator's S3, the route with boto3 behind it; so each shows the other's mistakes.
"""

import json
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from matinee.adapters.aws.signed_objects import ROOTS, SignedObjects
from matinee.config import AwsCaller, Settings
from matinee.errors import ErrorCode
from matinee.http.bare_link import answer_link
from matinee.lambdas import api, link
from matinee.ports.link_source import SignedRequest
from matinee.services.links import ObjectLinks
from matinee.wiring_link import open_access, open_links
from tests.contracts.emulator import REGION, Caller, Emulator, Policy, new_user
from tests.contracts.links import BODY, KEYS, tampered
from tests.contracts.samples import raises
from tests.contracts.test_aws_store import send
from tests.rehearsal.functions import SCOPES, Body, Functions, context, deploy, event

# What the function's role may do, and nothing else.
POLICY: Policy = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::matinee-*/*"},
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": "arn:aws:s3:::matinee-*"},
    ],
}
ISSUE = "matinee/playback:issue"

# Queries, each with the scopes of who asks; None is somebody without a token.
REQUESTS = [
    ("key=films/one.mp4", ISSUE),
    ("key=films%2Fone.mp4&ttl=60", ISSUE),
    ("key=other&key=films/one.mp4", SCOPES),
    *(
        (f"key=films/one.mp4&ttl={ttl}", ISSUE)
        for ttl in ("1", "0", "-5", "+7", "9999999999", "5.0", "%205%20", "9" * 5000, "9" * 400 + ".0")
    ),
    *((f"key=films/one.mp4&ttl={ttl}", ISSUE) for ttl in ("", "x", "1.5", "1e3", "0x10", "1&ttl=y", "%D9%A1")),
    *((f"key={key}", ISSUE) for key in ("none.mp4", "", "/films/one.mp4", "films//one.mp4", "a/../b", "a%00b", ".")),
    *((f"key={key}", ISSUE) for key in ("x" * 1024, "x" * 1025, "%C3%BC" * 600, "%FF", "%ED%A0%80")),
    *((f"key={prefix}/a", ISSUE) for prefix in ("inbox", "sources", "work", "streams", "web")),
    *((f"key={key}", ISSUE) for key in ("Web/a", "streamsx/a", "web", "films/one.mp4&x=1")),
    ("key=films/one.mp4", None),
    ("key=films/one.mp4", ""),
    ("key=films/one.mp4", "playback:issue matinee/assets:read"),
    ("key=sources/a", "matinee/assets:read"),
    ("key=films/one.mp4&ttl=x", None),
]


@pytest.fixture(scope="module")
def role(emulator: Emulator) -> Caller:
    """Who may do what the function may."""
    return new_user(emulator.root, "link", POLICY)


@pytest.fixture(scope="module")
def functions(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    """A deployment with a few objects."""
    with pytest.MonkeyPatch.context() as patch:
        made = deploy(emulator, tmp_path_factory.mktemp("scratch") / "x", patch, lambda: emulator.adapter)
        for key in ("films/one.mp4", "other", *KEYS):
            made.put(key, BODY)
        yield made


@pytest.fixture(scope="module")
def ask(functions: Functions, role: Caller) -> Iterator["Ask"]:
    """Asks the function, begun in the environment of its role."""
    environment = {
        "AWS_ACCESS_KEY_ID": role.key_id,
        "AWS_SECRET_ACCESS_KEY": role.secret,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": role.url,
        "MATINEE_BUCKET": functions.bucket,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        link._opened.cache_clear()
        link._opened()
    yield Ask()
    close(link._opened()[1])
    link._opened.cache_clear()


def close(links: ObjectLinks) -> None:
    """Close its connection."""
    assert isinstance(links._store, SignedObjects)
    links._store.close()


class Ask:
    """The function."""

    def __call__(self, query: str, scope: str | None = ISSUE) -> Body:
        return link.handler(event("GET", f"/?{query}", None, scope), None)

    def link(self, key: str, ttl: int = 60) -> SignedRequest:
        """A link it made."""
        answer = self(f"key={quote(key, safe='')}&ttl={ttl}")
        assert answer["statusCode"] == 200, answer
        url = json.loads(answer["body"])["url"]
        return SignedRequest(method="GET", url=url, headers={}, expires_at=datetime.now(UTC))


def of_the_api(functions: Functions, query: str, scope: str | None) -> Body:
    """The route's answer."""
    functions._become("api", functions.emulator.adapter)
    answer: Body = api.handler(event("GET", f"/?{query}", None, scope), context())
    return answer


def shape(answer: Body) -> Body:
    """An answer without what must differ: signatures, moments, the length one of them counts, a parser's words."""
    headers = {name.lower(): value for name, value in answer["headers"].items() if name.lower() != "content-length"}
    body = json.loads(answer["body"])
    if "url" in body:
        url = urlsplit(body["url"])
        left = datetime.fromisoformat(body["expires_at"]) - datetime.now(UTC)
        assert body["expires_at"].endswith(".000Z")
        body = [list(body), url.path, parse_qs(url.query)["X-Amz-Expires"], round(left / timedelta(minutes=1))]
    elif body["code"] in ("field_invalid", "object_not_found"):
        assert len(body.pop("detail")) > 20
    return {"status": answer["statusCode"], "body": body, "headers": headers}


@pytest.mark.parametrize(("query", "scope"), REQUESTS)
def test_it_answers_as_the_apis_own_route(functions: Functions, ask: Ask, query: str, scope: str | None) -> None:
    assert shape(ask(query, scope)) == shape(of_the_api(functions, query, scope))


def test_without_a_key_it_is_a_field_that_is_missing(ask: Ask) -> None:
    for query in ("", "ttl=5", "Key=films/one.mp4"):
        answer = ask(query)
        assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (422, "field_invalid")


@pytest.mark.parametrize("key", KEYS)
def test_a_link_gets_the_object(ask: Ask, key: str) -> None:
    made = ask.link(key)
    answer = send(made, b"", {})
    assert (answer.status, answer.body) == (200, BODY)
    assert send(made, b"", {"range": "bytes=2-5"}).body == BODY[2:6]


def test_a_link_with_any_character_changed_or_missing_gives_nothing(ask: Ask) -> None:
    for changed in tampered(ask.link("films/one.mp4")):
        answer = send(changed, b"", {})
        assert 400 <= answer.status < 500, changed.url
        assert BODY not in answer.body


def test_a_link_opens_no_other_object_and_no_other_method(ask: Ask) -> None:
    made = ask.link("films/one.mp4")
    assert send(replace(made, url=made.url.replace("films/one.mp4", "other")), b"", {}).status == 403
    for method in ("PUT", "DELETE", "POST", "HEAD"):
        assert 400 <= send(replace(made, method=method), b"", {}).status < 500
    assert send(made, b"", {}).status == 200


def test_a_link_ends(ask: Ask) -> None:
    made = ask.link("films/one.mp4", ttl=2)
    assert send(made, b"", {}).status == 200
    time.sleep(4)  # S3's clock is its own: time can only be waited for
    assert send(made, b"", {}).status == 403


def test_headers_name_nobody(ask: Ask) -> None:
    request = event("GET", "/?key=films/one.mp4", None, None)
    request["headers"] |= {"authorization": "Bearer x", "x-amzn-oidc-data": "x", "x-scope": ISSUE, "scope": ISSUE}
    assert link.handler(request, None)["statusCode"] == 401


def test_open_links_are_signed_for_anybody_but_not_reserved_ones(functions: Functions, ask: Ask) -> None:
    del functions
    _, links = link._opened()
    for query, status in (("key=films/one.mp4", 200), ("key=streams/x", 403), ("key=none", 404)):
        answer = answer_link(event("GET", f"/?{query}", None, None), None, links.link)
        assert answer["statusCode"] == status
    assert isinstance(ask, Ask)
    assert open_access(Settings(open_links=True)) is None
    assert open_access(Settings()) is not None


def test_a_bucket_that_refuses_is_told_without_a_link(functions: Functions, role: Caller) -> None:
    caller = AwsCaller(key_id=role.key_id, secret="wrong", session_token=None, region=REGION, endpoint_url=role.url)
    links = open_links(Settings(bucket=functions.bucket), caller)
    with raises(ErrorCode.STORE_UNAVAILABLE):
        links.link("films/one.mp4", 60)
    close(links)
    nowhere = open_links(Settings(bucket=functions.bucket), replace(caller, endpoint_url="http://127.0.0.1:9"))
    with raises(ErrorCode.STORE_UNAVAILABLE):
        nowhere.link("films/one.mp4", 60)


def test_a_connection_that_went_stale_is_opened_anew(ask: Ask) -> None:
    ask.link("films/one.mp4")
    objects = link._opened()[1]._store
    assert isinstance(objects, SignedObjects)
    assert objects._connection is not None
    objects._connection._socket.shutdown(socket.SHUT_RDWR)
    ask.link("films/one.mp4")


def test_a_role_s_session_token_is_signed_too(functions: Functions) -> None:
    emulator = functions.emulator
    sts = emulator.root.session().client("sts", endpoint_url=emulator.root.url)
    given = sts.get_session_token()["Credentials"]
    caller = AwsCaller(
        key_id=given["AccessKeyId"],
        secret=given["SecretAccessKey"],
        session_token=given["SessionToken"],
        region=REGION,
        endpoint_url=emulator.root.url,
    )
    links = open_links(Settings(bucket=functions.bucket), caller)
    made = links.link("films/one.mp4", 60)
    close(links)
    assert "X-Amz-Security-Token=" in made.url
    assert send(made, b"", {}).body == BODY


def test_it_imports_nothing_that_is_slow_to_import() -> None:
    slow = {"boto3", "botocore", "pydantic", "fastapi", "starlette", "cattrs", "aws_lambda_powertools", "mangum"}
    code = f"import sys, matinee.lambdas.link; print(*({slow!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == ""


def test_the_roots_are_those_of_amazon_and_have_years_to_go() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(ROOTS)
    found = context.get_ca_certs()
    assert len(found) == 5
    assert all("Amazon" in str(each["subject"]) or "Starfield" in str(each["subject"]) for each in found)
    now = time.time() + 365 * 86_400
    assert all(ssl.cert_time_to_seconds(str(each["notAfter"])) > now for each in found)
