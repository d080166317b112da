"""The real `edge/gate.js` in Node and in Debian's njs, asked in batches. It must not know the gate's rules.

Both engines get the function's source as it is deployed, the module `cloudfront` of `modules/`, and `answer.js`.
"""

import json
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from tests.vectors.description import Case, entries_of

HERE = Path(__file__).parent
GATE = HERE.parents[1] / "edge" / "gate.js"
MODULES = HERE / "modules"
ANSWERING = HERE / "answer.js"
NJS_SECONDS = 120


class Question(TypedDict, total=False):
    """What one engine is asked; see `answer.js`."""

    method: str
    uri: str
    query: str
    address: str
    now: int
    entries: dict[str, str]
    broken: str


class Answer(TypedDict, total=False):
    """What it says: status 0 is a request let through, under `uri`."""

    status: int
    uri: str
    querystring: dict[str, object]
    headers: dict[str, str]
    body: str
    reads: list[str]


def question(case: Case, *, method: str = "GET") -> Question:
    """`case` as CloudFront would put it: the query apart from the address, keys and revocations in the store."""
    uri, _, query = case["uri"].partition("?")
    return Question(
        method=method, uri=uri, query=query, address=case["address"], now=case["now"], entries=entries_of(case)
    )


def code(answer: Answer) -> str:
    """ "ok", or the code of the denial."""
    return "ok" if answer["status"] == 0 else answer["headers"]["x-matinee-denial"]


class Node:
    """One long-lived Node process."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def ask(self, questions: Sequence[Question]) -> list[Answer]:
        """The answers, in order."""
        self.send(questions)
        answers = self.receive()
        assert len(answers) == len(questions)
        return answers

    def send(self, questions: Sequence[Question]) -> None:
        """Questions to be answered by the next `receive`."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(questions) + "\n")
        self._process.stdin.flush()

    def receive(self) -> list[Answer]:
        """The answers to what was sent last."""
        assert self._process.stdout is not None
        answers: list[Answer] = json.loads(self._process.stdout.readline())
        return answers


@contextmanager
def node(gate: Path = GATE, answering: Path = ANSWERING) -> Iterator[Node]:
    """Node with the gate in it; needs `node`. `answering` defines `answerTo`, in the gate's own module."""
    command = ["node", "--no-warnings", "--experimental-vm-modules", str(HERE / "node.mjs"), str(gate), str(answering)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Node(process)
        finally:
            process.kill()


def njs_found() -> str | None:
    """Where njs is, if anywhere."""
    return shutil.which("njs")


def ask_njs(
    questions: Sequence[Question], folder: Path, gate: Path = GATE, answering: Path = ANSWERING
) -> list[Answer]:
    """The answers of one njs process; it works in `folder`."""
    script, asked, answered = (folder / name for name in ("gate.js", "questions.json", "answers.json"))
    script.write_text("".join(path.read_text() for path in (gate, answering, HERE / "njs.js")))
    asked.write_text(json.dumps(questions))
    command = ["njs", "-p", str(MODULES), str(script), str(asked), str(answered)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=NJS_SECONDS, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    answers: list[Answer] = json.loads(answered.read_text())
    assert len(answers) == len(questions)
    return answers
