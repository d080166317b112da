"""Webhooks of a real server, told over loopback, which the setting allows; killed in between; the docs' receiver."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.contracts.emulator import ROOT
from tests.receiver import Receiver, receiving
from tests.system.server import Server, eventually

FIRST_UPLOAD = {"filename": "a.mp4", "size_bytes": 10}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody else's server."""
    with receiving() as found:
        yield found


@pytest.fixture
def telling(tmp_path: Path) -> Iterator[Server]:
    """A server that may tell loopback, and may be killed; it works on no film."""
    running = Server(tmp_path / "data", MATINEE_WEBHOOK_ALLOW_CIDRS="127.0.0.0/8", MATINEE_WORKERS="0").start()
    yield running
    running.stop()


def client(server: Server) -> httpx.Client:
    """Its publisher."""
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {server.token}"}, timeout=30)


def matinee(server: Server, *arguments: str) -> str:
    """What the command prints."""
    done = subprocess.run(
        [sys.executable, "-m", "matinee", "webhooks", *arguments],
        env=server.environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_server_killed_while_it_tells_goes_on_and_every_event_comes(telling: Server, receiver: Receiver) -> None:
    with client(telling) as api:
        secret = api.post("/v1/webhooks", json={"url": receiver.url}).json()["secret"]
        receiver.answer = lambda _: 503
        for _ in range(3):
            api.post("/v1/uploads", json=FIRST_UPLOAD).raise_for_status()
        receiver.until(lambda: bool(receiver.came))
    telling.kill()
    before = receiver.ids()
    telling.start()
    receiver.answer = lambda _: 204
    with client(telling) as api:
        asset = api.post("/v1/uploads", json=FIRST_UPLOAD).json()["asset_id"]
        api.delete(f"/v1/assets/{asset}").raise_for_status()
    receiver.until(lambda: receiver.kinds().count("asset.created") == 4 and "asset.deleted" in receiver.kinds())
    assert before <= receiver.ids()
    assert secret not in telling.log.read_text()


def test_the_command_line_adds_tries_lists_rotates_replays_and_removes(telling: Server, receiver: Receiver) -> None:
    added = matinee(telling, "add", receiver.url, "--event", "asset.created", "--description", "the shop")
    name, secret = re.findall(r"(whk_\w+|whsec_\S+)", added)
    assert "answered 204" in matinee(telling, "test", name)
    listed = matinee(telling, "list") + matinee(telling, "list", "--json")
    assert name in listed
    assert "whsec_" not in listed
    assert secret not in matinee(telling, "rotate", name, "--keep-hours", "1")
    with client(telling) as api:
        for _ in range(2):
            api.post("/v1/uploads", json=FIRST_UPLOAD).raise_for_status()
        receiver.until(lambda: receiver.kinds() == ["webhook.test", "asset.created", "asset.created"])
        eventually(lambda: "waiting" not in matinee(telling, "deliveries", name), seconds=20)
        assert matinee(telling, "replay", name, "--since", "2020-01-01T00:00:00Z").startswith("2 events")
        receiver.until(lambda: len(receiver.came) == 5)
        assert "off" in matinee(telling, "edit", name, "--off")
        for wrong in ({"url": "https://10.0.0.1/"}, {"events": ["asset.nothing"]}, {"secret": "whsec_mine"}):
            answer = api.patch(f"/v1/webhooks/{name}", json=wrong)
            assert (answer.status_code, answer.json()["code"]) == (422, "field_invalid")
        matinee(telling, "remove", name)
        assert api.get(f"/v1/webhooks/{name}").json()["code"] == "webhook_not_found"


def test_the_receiver_of_the_docs_believes_us_and_no_forgery(telling: Server, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "webhooks.md").read_text()
    program = tmp_path / "receiver.py"
    program.write_text(re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with client(telling) as api:
        webhook = api.post("/v1/webhooks", json={"url": f"http://127.0.0.1:{port}/"}).json()
        environment = {"PATH": os.environ["PATH"], "SECRET": webhook["secret"], "PORT": str(port)}
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", str(program)],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            api.post(f"/v1/webhooks/{webhook['id']}/test").raise_for_status()
            line = process.stdout.readline()
            assert "webhook.test" in line
            forged = {"webhook-id": "evt_1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"}
            with pytest.raises(httpx.HTTPError):
                httpx.post(f"http://127.0.0.1:{port}/", json={}, headers=forged, trust_env=False)
        finally:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def test_nothing_is_sent_to_this_machine_when_nobody_allowed_it(server: Server, receiver: Receiver) -> None:
    with client(server) as api:
        for url in (receiver.url, receiver.url.replace("127.0.0.1", "localhost"), "https://127.0.0.1/"):
            answer = api.post("/v1/webhooks", json={"url": url})
            assert (answer.status_code, answer.json()["code"]) == (422, "field_invalid")
        named = api.post("/v1/webhooks", json={"url": f"https://localhost:{receiver.port}/"}).json()
        api.post(f"/v1/webhooks/{named['id']}/test").raise_for_status()

        def reasons() -> list[str]:
            found = api.get(f"/v1/webhooks/{named['id']}/deliveries").json()["items"]
            return [attempt["problem"] for each in found for attempt in each["attempts"]]

        eventually(lambda: "refused_address" in reasons(), seconds=20)
        api.delete(f"/v1/webhooks/{named['id']}").raise_for_status()
    assert receiver.came == []
