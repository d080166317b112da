"""Every alarm that looks at a metric of ours rings when what it is for happens: each bad thing is done once, here.

What a function leaves for CloudWatch (EMF) is compared with what Terraform's alarm looks for: namespace, name,
dimension and threshold. That every alarm rings, as it was deployed, is `rings` and `test_deployment`.
"""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any  # lines of a log

import pytest

from matinee.adapters.aws.clients import dynamodb_client
from matinee.adapters.aws.dynamodb_insights import DynamoDbInsights
from matinee.adapters.local.system_clock import SystemClock
from matinee.domain.delivery import delivery_of
from matinee.domain.event import Event, EventData, EventType
from matinee.domain.ids import AssetId, EventId, WebhookId
from matinee.domain.quality import slots
from matinee.domain.webhook import Secret, Webhook, make_secret
from matinee.lambdas import sender
from tests.contracts.aws_openers import open_dynamodb_webhooks
from tests.contracts.emulator import ROOT, Caller, Emulator
from tests.rehearsal.functions import NAME, Functions, context, deploy
from tests.rehearsal.test_steps import queued
from tests.system.clips import make_clip

ALARM = re.compile(
    r'([a-z-]+)\s+= \{ space = "Matinee", metric = "(\w+)", dimensions = \{ service = var.name \}, .* over = (\d+) \}'
)
FOUND = ALARM.findall((ROOT / "terraform" / "alarms.tf").read_text())
ALARMS = {name: (metric, float(over)) for name, metric, over in FOUND}


@pytest.fixture
def functions(emulator: Emulator, encoder: Caller, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Functions:
    """A deployment of its own."""
    return deploy(emulator, tmp_path / "scratch", monkeypatch, lambda: encoder)


def rings(alarm: str, said: str) -> bool:
    """Whether the alarm would ring by what a function said."""
    metric, over = ALARMS[alarm]
    for line in said.splitlines():
        told: dict[str, Any] = json.loads(line) if line.startswith("{") else {}
        for each in told.get("_aws", {}).get("CloudWatchMetrics", []):
            named = {one["Name"] for one in each["Metrics"]}
            if each["Namespace"] == "Matinee" and ["service"] in each["Dimensions"] and metric in named:
                return bool(told["service"] == NAME and max(told[metric]) > over)
    return False


def test_these_alarms_look_at_metrics_of_ours() -> None:
    assert set(ALARMS) == {"runs-waiting", "viewers-complain", "webhooks-dead"}


def test_a_film_over_a_limit_rings(functions: Functions, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    film = make_clip(tmp_path / "clip.mp4", seconds=1)
    functions.patch.setenv("MATINEE_LIMIT_USD_A_FILM", "0.000001")
    _, run_id = queued(functions, film)
    functions.keep_house()
    assert not rings("runs-waiting", capsys.readouterr().out)
    functions.step("prepare", run_id)
    assert rings("runs-waiting", capsys.readouterr().out)
    functions.keep_house()
    assert rings("runs-waiting", capsys.readouterr().out), "and goes on ringing while it waits"


def test_viewers_who_complain_ring(
    functions: Functions, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caller = functions.emulator.adapter
    insights = DynamoDbInsights(
        dynamodb_client(caller.session(), caller.url), functions.table, keep_days=400, keep_slots=timedelta(hours=1)
    )
    functions.keep_house()
    assert not rings("viewers-complain", capsys.readouterr().out)
    for slot in slots(SystemClock().now()):
        insights.note(slot, AssetId("ast_a"), {"watch_ms": 600_000, "stalled_ms": 300_000})
    functions.keep_house()
    assert rings("viewers-complain", capsys.readouterr().out)
    assert [each.__dict__["asset"] for each in caplog.records if each.message == "viewers complain"] == ["ast_a"]


def test_a_webhook_that_is_given_up_rings(
    functions: Functions, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    store = open_dynamodb_webhooks(functions.emulator.adapter, functions.table)
    long_ago = SystemClock().now() - timedelta(hours=25)
    webhook = store.add_webhook(
        Webhook(
            id=WebhookId("whk_a"),
            url="https://127.0.0.1:9/",
            events=(),
            secrets=(Secret(value=make_secret(b"s" * 32)),),
            created_at=long_ago,
            updated_at=long_ago,
        )
    )
    data = EventData(asset_id=AssetId("ast_a"))
    event = store.add_event(Event(id=EventId("evt_a"), type=EventType.ASSET_READY, at=long_ago, data=data))
    last_try = replace(delivery_of(event, webhook.id, long_ago), next_at=SystemClock().now())
    delivery = store.add_delivery(last_try)
    functions.become_sender()
    sender._hooks.cache_clear()
    record = {"messageId": "m", "body": delivery.id, "receiptHandle": functions.emulator.held(functions.queue)}
    assert sender.handler({"Records": [record]}, context()) == {"batchItemFailures": []}
    assert [each.__dict__["webhook"] for each in caplog.records if each.message == "delivery given up"] == ["whk_a"]
    functions.keep_house()
    assert rings("webhooks-dead", capsys.readouterr().out)
