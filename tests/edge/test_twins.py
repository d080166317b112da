"""The gate on CloudFront and the local edge are twins: same verdict, status, headers and body, in every engine."""

import json
from itertools import islice
from pathlib import Path

import pytest

from tests.edge import campaign, local_edge
from tests.edge.engines import Answer, Node, ask_njs, code, question
from tests.vectors.description import Case
from tests.vectors.generate import committed
from tests.vectors.mutate import mutations
from tests.vectors.python_twin import python_answer

MUTATIONS = 100_000
NJS_BATCH = 5_000  # njs keeps the memory of every answer until its process ends
CODES = {
    *("ok", "token_missing", "token_malformed", "token_signature", "token_not_yet", "token_expired"),
    *("session_revoked", "token_path", "token_ip", "gate_not_ready"),
}


def wrong(cases: list[Case], answers: list[Answer]) -> list[tuple[str, str, str]]:
    """The cases that did not get their answer."""
    told = zip(cases, answers, strict=True)
    return [(case["name"], case["answer"], code(answer)) for case, answer in told if case["answer"] != code(answer)]


def comparable(answer: Answer) -> Answer:
    """Without the store's reads, and with the body read: spaces are each writer's own."""
    kept = Answer(status=answer["status"])
    if answer["status"] == 0:
        return Answer(status=0, uri=answer["uri"])
    kept["headers"] = answer["headers"]
    kept["body"] = json.loads(answer["body"]) if answer["body"] else ""
    return kept


def test_every_rule_gets_its_answer_in_node(edge: Node) -> None:
    cases = committed()
    assert wrong(cases, edge.ask([question(case) for case in cases])) == []


def test_every_rule_gets_its_answer_in_njs(njs: str, tmp_path: Path) -> None:
    cases = committed()
    assert wrong(cases, ask_njs([question(case) for case in cases], tmp_path)) == []


def test_both_engines_answer_the_same_to_the_letter(edge: Node, njs: str, tmp_path: Path) -> None:
    questions = [question(case) for case in committed()]
    assert edge.ask(questions) == ask_njs(questions, tmp_path)


def test_the_rules_reach_every_answer() -> None:
    assert {case["answer"] for case in committed()} == CODES


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
def test_status_headers_and_body_are_those_of_the_local_edge(edge: Node, method: str) -> None:
    cases = committed() if method == "GET" else committed()[::7]
    answers = edge.ask([question(case, method=method) for case in cases])
    for case, answer in zip(cases, answers, strict=True):
        assert comparable(answer) == comparable(local_edge.answer(case, method)), case["name"]


def test_denials_are_never_cached_and_say_their_code_twice(edge: Node) -> None:
    for answer in edge.ask([question(case) for case in committed()]):
        if answer["status"]:
            assert answer["headers"]["cache-control"] == "no-store"
            assert json.loads(answer["body"])["code"] == answer["headers"]["x-matinee-denial"]
            assert json.loads(answer["body"])["status"] == answer["status"]


def test_no_mutation_is_admitted_by_mistake_or_answered_differently(edge: Node) -> None:
    found = campaign.run(edge, MUTATIONS)
    print(f"{found.tried} tried, {found.admitted} admitted, {found.tried / found.seconds:.0f} a second")
    assert found.disagreements[:5] == []
    assert found.mistakes[:5] == []
    assert found.tried == MUTATIONS
    assert found.admitted > MUTATIONS / 50  # or the rules behind the first ones were hardly reached
    assert {answer for _, answer in found.answers} == CODES


@pytest.mark.timeout(600)  # about a minute of one core
def test_njs_answers_every_mutation_as_python_does(njs: str, tmp_path: Path) -> None:
    cases, tried = mutations(MUTATIONS, campaign.SEED), 0
    while batch := [case for _, case in islice(cases, NJS_BATCH)]:
        for case, answer in zip(batch, ask_njs([question(case) for case in batch], tmp_path), strict=True):
            assert code(answer) == python_answer(case), case
        tried += len(batch)
    assert tried == MUTATIONS
