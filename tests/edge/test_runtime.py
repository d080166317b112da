"""The gate is a CloudFront Function: runtime 2.0's features only, 10 KB, and no way to compare a secret in haste."""

import re
import shutil
import subprocess

import pytest

from tests.edge.engines import GATE, HERE
from tests.needs import need

MAX_BYTES = 10_240  # CloudFront quotas: "Maximum size of a function", not adjustable
HANDLER = "function handler(event) {{ {} }}"


def complaints(source: str) -> str:
    """What the lint says of `source`; empty when nothing."""
    need(shutil.which("node"), "the edge function's lint runs in Node 20 or newer")
    done = subprocess.run(
        ["node", str(HERE / "lint.mjs")], input=source, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stderr == ""
    assert (done.returncode == 0) == (done.stdout == "")
    return done.stdout


def test_the_gate_uses_only_what_the_runtime_lists() -> None:
    assert complaints(GATE.read_text()) == ""


def test_the_gate_fits() -> None:
    assert len(GATE.read_bytes()) <= MAX_BYTES


def test_the_gate_logs_films_and_codes_alone_and_never_parses_json() -> None:
    code = "\n".join(line.partition("//")[0] for line in GATE.read_text().splitlines())
    assert re.findall("console.*", code) == ["console.log('would deny ' + film[1] + ': ' + code);"]
    assert "JSON.parse" not in code


@pytest.mark.parametrize(
    "body",
    [
        *(
            "const [a] = [event];",
            "const {a} = event;",
            "return {...event};",
            "f(...event);",
            "for (const a of event) {}",
        ),
        *(
            "return event?.request;",
            "return event ?? 1;",
            "event ||= 1;",
            "class A {}",
            "return 1n;",
            "try {} catch {}",
        ),
        *("return {event};", "return {a() {}};", "return {[event]: 1};", "const f = async () => 1;", "new Map();"),
        *("async function g() {}", "function* g() {}", "return import('fs');", "eval('1');", "new Function('1');"),
        *("setTimeout(event, 1);", "fetch('x');", "process.exit();", "return event.at(-1);", "return event.flat();"),
        *("return 'x'.charCodeAt(0);", "return 'x'.matchAll(/x/g);", "return 'x'.normalize();", "return event.hasOwn;"),
        *("return Buffer.from('x', 'latin1');", "return event.toString('ascii');", "require('fs');", "return /x/u;"),
        *(
            "return /(?<=x)y/;",
            "return /x$/;",
            "return new RegExp('x$');",
            "return structuredClone(event);",
            "await event;",
        ),
        *("function f(a = 1) {}", "return crypto.timingSafeEqual(event, event);", "return new URL(event);"),
    ],
)
def test_the_lint_refuses(body: str) -> None:
    assert complaints(HANDLER.format(body))


@pytest.mark.parametrize(
    "source",
    [
        *(
            "import fs from 'fs';",
            "import { createHmac } from 'crypto';",
            "import * as c from 'crypto';",
            "export default 1;",
        ),
        *("async function f(a) { return f(await a); }", "const a = await 1;", "function f( {"),
    ],
)
def test_the_lint_refuses_at_the_top(source: str) -> None:
    assert complaints(source)


def test_the_lint_admits_what_is_listed() -> None:
    source = """
        import cf from 'cloudfront';
        const crypto = require('crypto');
        const kvs = cf.kvs();
        async function handler(event) {
          let found = '';
          try { found = await kvs.get('a'); } catch (error) { return { statusCode: 503 }; }
          const parts = found.split(' ').filter((part) => /^(?<kid>[a-z]+)/.test(part));
          for (var i = 0; i < parts.length; i++) { if (parts[i] ** 2 > 4) continue; }
          const mac = crypto.createHmac('sha256', Buffer.from('00', 'hex')).update(`a${found}`).digest('base64url');
          return mac === '' ? event.request : { statusCode: 403, headers: { 'x-y': { value: mac } } };
        }
    """
    assert complaints(source) == ""
