"""`/v1/webhooks`: who is told of what happens. Parse, call, render."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from matinee.domain.delivery import Delivery, DeliveryState
from matinee.domain.event import EventType
from matinee.domain.ids import EventId, WebhookId
from matinee.domain.webhook import Webhook
from matinee.http.auth import Writes
from matinee.http.idempotency import IdempotencyKey, once
from matinee.http.state import AppState
from matinee.http.strict_json import StrictRoute
from matinee.http.webhook_schemas import (
    DeliveryBody,
    DeliveryList,
    ReplayReport,
    ReplayWish,
    RotationWish,
    WebhookBody,
    WebhookEdit,
    WebhookList,
    WebhookWish,
    WebhookWithSecret,
    webhook_values,
)
from matinee.services.webhooks import NewWebhook, Range, WebhookChange

router = APIRouter(route_class=StrictRoute, prefix="/v1/webhooks", tags=["webhooks"])


@router.post("", status_code=201, response_model=WebhookWithSecret)
def add_webhook(
    request: Request, app: AppState, who: Writes, body: WebhookWish, key: IdempotencyKey = None
) -> Response:
    """Tell an endpoint of events from now on; the answer holds its secret, which is shown this once."""
    wanted = NewWebhook(url=body.url, events=_types(body.events), description=body.description)
    return once(request, who, key, body, 201, lambda: _with_secret(app.webhooks.add(wanted)))


@router.get("")
def list_webhooks(app: AppState, _: Writes) -> WebhookList:
    """Every endpoint, oldest first."""
    return WebhookList(items=[_body(webhook) for webhook in app.webhooks.list()])


@router.get("/{webhook_id}")
def get_webhook(app: AppState, _: Writes, webhook_id: str) -> WebhookBody:
    """One endpoint."""
    return _body(app.webhooks.get(WebhookId(webhook_id)))


@router.patch("/{webhook_id}")
def edit_webhook(app: AppState, _: Writes, webhook_id: str, body: WebhookEdit) -> WebhookBody:
    """Change its address, types or description, or switch it off and on; what waits for it is kept meanwhile."""
    change = WebhookChange(
        url=body.url,
        events=None if body.events is None else _types(body.events),
        description=body.description,
        enabled=body.enabled,
    )
    return _body(app.webhooks.edit(WebhookId(webhook_id), change))


@router.delete("/{webhook_id}", status_code=204)
def remove_webhook(app: AppState, _: Writes, webhook_id: str) -> None:
    """The endpoint goes, and what was on its way to it."""
    app.webhooks.remove(WebhookId(webhook_id))


@router.post("/{webhook_id}/rotate", response_model=WebhookWithSecret)
def rotate_secret(
    app: AppState, _: Writes, webhook_id: str, response: Response, body: RotationWish | None = None
) -> WebhookWithSecret:
    """A new secret, shown this once; the one before signs beside it for a day, or as long as asked."""
    response.headers["Cache-Control"] = "no-store"
    return _with_secret(app.webhooks.rotate(WebhookId(webhook_id), (body or RotationWish()).keep_seconds))


@router.post("/{webhook_id}/test", status_code=202)
def try_webhook(app: AppState, _: Writes, webhook_id: str) -> DeliveryBody:
    """Send it an event `webhook.test`; its deliveries say what came of it."""
    return _delivery(app.webhooks.test(WebhookId(webhook_id)))


@router.get("/{webhook_id}/deliveries")
def list_deliveries(
    app: AppState,
    _: Writes,
    webhook_id: str,
    state: DeliveryState | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 25,
    cursor: Annotated[str | None, Query(max_length=500)] = None,
) -> DeliveryList:
    """What it was told and is being told, the newest event first; `state=dead` are the dead letters."""
    page = app.webhooks.deliveries(WebhookId(webhook_id), state=state, limit=limit, cursor=cursor)
    return DeliveryList(items=[_delivery(each) for each in page.items], next_cursor=page.next_cursor)


@router.post("/{webhook_id}/replay", status_code=202)
def replay_events(app: AppState, _: Writes, webhook_id: str, body: ReplayWish) -> ReplayReport:
    """Tell it again of one event, or of all it asks for in a time, under the ids they had."""
    if body.since is None:
        done = app.webhooks.replay(WebhookId(webhook_id), EventId(body.event_id or ""))
    else:
        wanted = Range(since=body.since, until=body.until, only_dead=body.only_dead, cursor=body.cursor)
        done = app.webhooks.replay_range(WebhookId(webhook_id), wanted)
    return ReplayReport(count=done.count, next_cursor=done.next_cursor)


def _types(names: Iterable[str]) -> tuple[EventType, ...]:
    return tuple(EventType(name) for name in dict.fromkeys(names))


def _body(webhook: Webhook) -> WebhookBody:
    return WebhookBody.model_validate(webhook_values(webhook))


def _with_secret(webhook: Webhook) -> WebhookWithSecret:
    return WebhookWithSecret.model_validate({**webhook_values(webhook), "secret": webhook.secrets[0].value})


def _delivery(delivery: Delivery) -> DeliveryBody:
    waits = delivery.state is DeliveryState.WAITING
    values = {name: getattr(delivery, name) for name in DeliveryBody.model_fields}
    return DeliveryBody.model_validate(values | {"next_at": delivery.next_at if waits else None})
