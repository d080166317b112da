"""Requests by the OpenAPI document, allowed by it or not, made by Schemathesis; and what may be answered.

It must not know how many are made, nor for how long: `test_api` and `tests/soak/test_fuzz.py` say that.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode, Response
from schemathesis.core.result import Ok
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from matinee.http.app import openapi_document
from tests.fuzz.world import CODES, World
from tests.machine import TOKEN

AnyCase: TypeAlias = Case[Any]
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
CHECKS = [response_schema_conformance, content_type_conformance]
ANYTHING = settings(deadline=None, database=None, print_blob=True, suppress_health_check=list(HealthCheck))
NOT_OURS = {501: "format_unknown"}  # oEmbed 1.0, 2.3.4: a format that is not offered is answered 501


@cache
def operations() -> dict[str, Operation]:
    """Everything the document names, by method and path."""
    schema = schemathesis.openapi.from_dict(openapi_document())
    schema.config.update(base_url="http://matinee.test")
    found = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    return {operation.label: operation for operation in found}


def asked_anything(world: World, label: str, root: Path, examples: int, number: int | None = None) -> int:
    """Ask `examples` requests of one operation in a world of its own, always the same unless `number` is another.

    Returns how many were asked. Raises AssertionError for the shortest that is answered as it must not be.
    """
    asked = 0
    with _client(world, root) as client:

        def ask(case: AnyCase, credential: str | None) -> None:
            nonlocal asked
            asked += 1
            _aim(world, case)
            headers = {} if credential is None else {"Authorization": f"Bearer {credential}"}
            check(case, case.call(session=client, headers=headers))

        run(ask, world, operations()[label], examples, number)
    return asked


def run(
    ask: Callable[[AnyCase, str | None], None], world: World, operation: Operation, examples: int, number: int | None
) -> None:
    """Have Hypothesis call `ask`."""
    test = given(case=cases(world, operation), credential=credentials(world))(ask)
    if number is not None:
        test = seed(number)(test)
    phases = [Phase.generate, Phase.shrink]
    settings(ANYTHING, max_examples=examples, derandomize=number is None, phases=phases)(test)()


def cases(world: World, operation: Operation) -> st.SearchStrategy[AnyCase]:
    """Requests that the document allows and that it does not, of things that are there and of things that are not."""
    named = [each.name for each in operation.path_parameters]
    there = {name: world.known[name] for name in named if name in world.known}
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    found = [operation.as_strategy(mode, path_parameters=there) for mode in modes]
    if there:
        found += [operation.as_strategy(mode) for mode in modes]
    return st.one_of(found)


def credentials(world: World) -> st.SearchStrategy[str | None]:
    """The owner's most of the time; a viewer's; nobody's."""
    return st.sampled_from([TOKEN, TOKEN, TOKEN, world.token, None])


def check(case: AnyCase, answer: Response) -> None:
    """Raises AssertionError for an answer that must not be."""
    wrong = _wrong(answer)
    if wrong is not None:
        said = answer.content[:300].decode("utf-8", "replace")
        raise AssertionError(f"{wrong}: {answer.status_code} {said}\n{case.as_curl_command()}")
    case.validate_response(answer, checks=CHECKS)


def _wrong(answer: Response) -> str | None:
    if answer.status_code < 400:
        return None
    if answer.headers["content-type"] != ["application/problem+json"]:
        return "an error that is no problem document"
    code = answer.json()["code"]
    if code not in CODES:
        return "a code that nobody knows"
    if answer.status_code >= 500 and NOT_OURS.get(answer.status_code) != code:
        return "an error of the server"
    return None


def _aim(world: World, case: AnyCase) -> None:
    """What no generator guesses: a playback token in a beacon, a share link in what is asked of oEmbed."""
    for fields, name, known in ((case.body, "token", world.token), (case.query, "url", world.share_url)):
        if not isinstance(fields, dict):
            continue
        said = fields.get(name)
        if isinstance(said, str) and len(said) % 2 == 0:
            fields[name] = known


@contextmanager
def _client(world: World, root: Path) -> Iterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Schemathesis', of its own libraries
        with asgi.get_client(world.copied(root).app) as client:
            yield client
