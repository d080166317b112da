"""What the gate asks of its KeyValueStore, and that a store that fails admits nobody."""

import pytest

from matinee.domain.edge_store import KEYS_ENTRY, MAX_ENTRY_BYTES, keys_value, revocation_key
from matinee.domain.ids import AssetId
from matinee.domain.leniency import MAX_PUBLIC, Leniency
from tests.edge.engines import Answer, Node, Question, code, question
from tests.vectors.description import FILE, KEY, OLD, SESSION, VIEWER, case, good
from tests.vectors.generate import committed

GOOD = question(case("good", "ok", good()))
FILM = FILE.split("/")[1]
SECRET = KEY.secret.hex()


def asked(edge: Node, **changed: object) -> Answer:
    """The answer to the good request with something changed."""
    return edge.ask([Question(**(GOOD | changed))])[0]  # type: ignore[typeddict-item]  # any field of a question


def test_a_good_request_is_let_through_without_its_token_and_query(edge: Node) -> None:
    answer = asked(edge, query="x")
    assert answer == {"status": 0, "uri": FILE, "querystring": {}, "reads": [KEYS_ENTRY, revocation_key(SESSION)]}


def test_two_reads_at_most_and_the_keys_alone_for_what_is_no_token(edge: Node) -> None:
    answers = edge.ask([question(case) for case in committed()])
    assert max(len(answer["reads"]) for answer in answers) == 2
    without_token = [answer for answer in answers if code(answer) == "token_missing"]
    assert without_token
    assert all(answer["reads"] == [KEYS_ENTRY] for answer in without_token)
    assert asked(edge, uri="/t/x.y.z/a")["reads"] == [KEYS_ENTRY]


@pytest.mark.parametrize("broken", ["keys", "r/", "*"])
def test_a_store_that_cannot_be_asked_admits_nobody(edge: Node, broken: str) -> None:
    answer = asked(edge, broken=broken)
    assert (answer["status"], code(answer)) == (503, "gate_not_ready")
    assert answer["headers"]["retry-after"] == "1"


@pytest.mark.parametrize(
    "entry",
    [
        *("", " ", "key_one", "key_one:", ":", f":{SECRET}", f"key_one:{SECRET[:-1]}", f"key_one:{SECRET}0"),
        *(
            f"key_one:{SECRET.upper().replace('0', 'A')}",
            f"key_one={SECRET}",
            f"key_one: {SECRET}",
            f"key_one:{SECRET}\n",
        ),
        *(f"key_one:{'g' * 64}", f'{{"key_one":"{SECRET}"}}', "null", f"ke y_one:{SECRET[:10]}"),
    ],
)
def test_an_entry_that_holds_no_whole_key_is_no_key(edge: Node, entry: str) -> None:
    assert code(asked(edge, entries={KEYS_ENTRY: entry})) == "gate_not_ready"


@pytest.mark.parametrize("entry", ["log", "log ast_0123456789abcdefghjk", f"key_one:{SECRET[:-1]} log", "key_one: log"])
def test_no_gate_is_lenient_before_it_has_a_key(edge: Node, entry: str) -> None:
    for uri in (GOOD["uri"], f"/t//{FILE[1:]}", f"/t/x{FILE}"):
        assert asked(edge, entries={KEYS_ENTRY: entry}, uri=uri)["status"] in (401, 503)


@pytest.mark.parametrize("word", ["LOG", "logs", "xlog", "log,", FILM[:-1], FILM + "m"])
def test_only_a_whole_word_makes_the_gate_lenient(edge: Node, word: str) -> None:
    entry = f"key_one:{SECRET} {word}"
    assert code(asked(edge, entries={KEYS_ENTRY: entry}, uri=f"/t/x{FILE}")) == "token_malformed"


def test_half_an_entry_leaves_the_other_key_in_force(edge: Node) -> None:
    entry = f"key_one:{SECRET} key_old:{OLD.secret.hex()[:8]}"
    assert code(asked(edge, entries={KEYS_ENTRY: entry})) == "ok"
    assert code(asked(edge, entries={KEYS_ENTRY: entry}, uri=f"/t/{good(OLD)}{FILE}")) == "token_signature"


def test_a_revocation_holds_whatever_its_value_is(edge: Node) -> None:
    for value in ("", "0", "false", "null"):
        entries = {KEYS_ENTRY: f"key_one:{SECRET}", revocation_key(SESSION): value}
        assert code(asked(edge, entries=entries)) == "session_revoked"


def test_two_keys_with_the_longest_names_and_every_public_film_fit_into_an_entry() -> None:
    public = frozenset(AssetId(f"ast_{number:020}") for number in range(MAX_PUBLIC))
    leniency = Leniency(log_only=True, public=public)
    value = keys_value({"a" * 64: bytes(32), "b" * 64: bytes(32)}, leniency)
    assert len(KEYS_ENTRY) + len(value) <= MAX_ENTRY_BYTES


def test_other_methods_are_refused_before_the_store_is_asked(edge: Node) -> None:
    for method in ("POST", "PUT", "DELETE", "get"):
        answer = asked(edge, method=method, address=VIEWER)
        assert (answer["status"], answer["reads"]) == (405, [])
