"""Rates as HTTP says them: 429 with Retry-After, by who asks and from where; which routes count at all."""

from pathlib import Path

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from matinee.http import pages
from matinee.http.app import ROUTES
from matinee.http.auth import FromAnywhere, identify
from tests.machine import Visit

# Whoever asks these is not counted: monitors, and pages and files that cost a read.
FREE = {
    "/healthz", "/", "/signin", "/signout", "/callback", "/watch/{asset_id}", "/studio", "/studio/{name}", "/docs",
    "/static/{name}", "/{name}",
}  # fmt: skip


def refused(answer: httpx.Response) -> bool:
    """Whether it is the problem document that asks for patience."""
    if answer.status_code != 429:
        return False
    assert answer.json()["code"] == "too_many_requests"
    assert int(answer.headers["retry-after"]) >= 1
    assert answer.headers["cache-control"] == "no-store"
    return True


def test_who_is_signed_in_is_counted_wherever_they_are(tmp_path: Path) -> None:
    visit = Visit(tmp_path, caller_requests_per_minute=3)
    answers = [visit.ask("GET", "/v1/assets", address=f"192.0.2.{number}") for number in range(5)]
    assert [refused(answer) for answer in answers] == [False] * 3 + [True] * 2
    assert visit.ask("GET", "/healthz", signed_in=False).status_code == 200


def test_who_is_not_signed_in_is_counted_by_address(tmp_path: Path) -> None:
    visit = Visit(tmp_path, address_requests_per_minute=3)
    path = "/v1/shares/shr_0"
    asked = [visit.ask("GET", path, signed_in=False) for _ in range(4)]
    assert [answer.status_code for answer in asked] == [404] * 3 + [429]
    assert refused(visit.ask("POST", "/v1/beacons", json={}, signed_in=False))
    assert refused(visit.ask("GET", "/v1/assets", signed_in=False))
    assert visit.ask("GET", path, address="192.0.2.2", signed_in=False).status_code == 404
    assert visit.ask("GET", "/v1/assets").status_code == 200


def test_a_token_is_guessed_a_few_times_from_one_address(tmp_path: Path) -> None:
    visit = Visit(tmp_path, wrong_tries=2)

    def guess(number: int, address: str = "192.0.2.1") -> httpx.Response:
        headers = {"Authorization": f"Bearer guess-{number}"}
        return visit.ask("GET", "/v1/assets", address=address, signed_in=False, headers=headers)

    assert [guess(number).status_code for number in (1, 2)] == [401, 401]
    assert refused(guess(3))
    cookie = visit.ask("GET", "/v1/assets", signed_in=False, headers={"Cookie": "matinee=v1.9999999999.00"})
    assert refused(cookie)
    form = visit.ask("POST", "/signin", content="token=guess-4&to=/studio", signed_in=False)
    assert form.headers["location"] == "/signin?error=wait&to=/studio"
    assert guess(5, address="192.0.2.2").status_code == 401


@pytest.mark.parametrize("name", ["caller_requests_per_minute", "address_requests_per_minute", "wrong_tries"])
def test_zero_is_any_number(tmp_path: Path, name: str) -> None:
    visit = Visit(tmp_path, **{name: 0})
    for number in range(40):
        assert visit.ask("GET", "/v1/limits").status_code == 200
        guess = {"Authorization": f"Bearer guess-{number}"}
        answer = visit.ask("GET", "/v1/limits", signed_in=False, headers=guess)
        assert answer.status_code == 401 or name != "wrong_tries"


def test_every_route_counts_by_caller_or_by_address() -> None:
    def called(dependant: Dependant) -> set[object]:
        return {dependant.call}.union(*(called(each) for each in dependant.dependencies))

    counting = {identify, FromAnywhere.dependency}
    routes = [route for each in (*ROUTES, pages) for route in each.router.routes if isinstance(route, APIRoute)]
    assert len(routes) > 50
    uncounted = {route.path for route in routes if not counting & called(route.dependant)}
    assert uncounted == FREE
