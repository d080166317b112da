"""JSON bodies that two readers could read differently are refused, in words, by every route."""

import json
from pathlib import Path

import pytest
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st

from matinee.errors import ErrorCode, MatineeError
from matinee.http import pages
from matinee.http.app import ROUTES
from matinee.http.strict_json import MAX_DEPTH, StrictRoute, read
from tests.machine import Visit

MIB = 1024 * 1024
WRONG = {
    b'{"a": 1, "a": 2}': "'a' comes twice",
    b'{"b": {"a": 1, "\\u0061": 2}}': "'a' comes twice",
    b"[NaN]": "NaN is no number",
    b"[Infinity]": "Infinity is no number",
    b"[-Infinity]": "-Infinity is no number",
    b"[1e999]": "too large",
    b"[-1e999]": "too large",
    b"[" + b"1" * 5000 + b"]": "too long",
    b'{"title": "\xff"}': "not UTF-8 at byte 11",
    '{"title": "\u00e4"}'.encode("utf-16"): "not UTF-8 at byte 0",
    b"\xef\xbb\xbf{}": "not JSON at character 0",
    b"{} {}": "not JSON at character 3",
    b"{}\x00": "not JSON at character 2",
    b"{'a': 1}": "not JSON at character 1",
    b'{"a": 1,}': "not JSON",
    b'{"a": "\x01"}': "not JSON",
    b"\xc2\xa0{}": "not JSON",
    b'"\\ud800"': "half of a surrogate pair",
    b'{"\\udfff": 1}': "half of a surrogate pair",
    b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1): "nested more than 16",
    b"[" * 500_000 + b"]" * 500_000: "nested more than 16",
    b'{"a":' * 100_000 + b"1" + b"}" * 100_000: "nested more than 16",
    b"": "not JSON",
}


@pytest.mark.parametrize("body", WRONG, ids=lambda body: body[:20])
def test_what_can_be_read_in_two_ways_is_refused(body: bytes) -> None:
    with pytest.raises(MatineeError) as refused:
        read(body)
    assert refused.value.code is ErrorCode.FIELD_INVALID
    assert WRONG[body] in refused.value.detail


def test_what_is_plain_is_read() -> None:
    body = '{"a": [1, -2.5e3, true, null, "\u00e4\\u00e4\\ud83c\\udfac"], "": {"b": []}}'
    assert read(body.encode()) == {"a": [1, -2500.0, True, None, "ää🎬"], "": {"b": []}}
    deep = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert read(deep) == json.loads(deep)


PLAIN = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8))
def test_what_a_careful_writer_writes_is_read_as_it_was(value: object) -> None:
    assert read(json.dumps(value).encode()) == value
    assert read(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:0123456789.eE+-\\utfalsn \n', max_size=60).map(str.encode))
def test_whatever_is_sent_is_read_or_refused(body: bytes) -> None:
    code, found = ErrorCode.FIELD_INVALID, None
    try:
        found = read(body)
    except MatineeError as error:
        code = error.code
    assert code is ErrorCode.FIELD_INVALID
    assert found is None or found == json.loads(body)


def test_the_largest_body_costs_no_more_than_its_size() -> None:
    """Names by the hundred thousand, of which the last comes twice: by squares this would not end."""
    names = ",".join(f'"{number:x}":0' for number in range(100_000))
    body = f'{{{names},"0":0}}'.encode()
    assert len(body) < MIB
    with pytest.raises(MatineeError, match="'0' comes twice"):
        read(body)


def test_every_route_reads_its_body_so() -> None:
    routes = [route for each in (*ROUTES, pages) for route in each.router.routes if isinstance(route, APIRoute)]
    assert [route.path for route in routes if not isinstance(route, StrictRoute)] == []


def test_a_refused_body_is_a_problem_document(tmp_path: Path) -> None:
    visit = Visit(tmp_path)
    for body in list(WRONG)[:-1]:
        answer = visit.ask("POST", "/v1/uploads", content=body, headers={"Content-Type": "application/json"})
        assert answer.headers["content-type"] == "application/problem+json"
        assert (answer.status_code, answer.json()["code"]) == (422, "field_invalid")
        assert WRONG[body] in answer.json()["detail"]
