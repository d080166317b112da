"""`/v1/cost` and `…/ingest/approve`: what ingests cost, and those that wait for a person. Parse, call, render."""

from typing import Annotated

from fastapi import APIRouter, Query

from matinee.domain.ids import AssetId
from matinee.domain.media import CODECS
from matinee.domain.spending import MINUTE, Shape
from matinee.errors import ErrorCode, MatineeError
from matinee.http.auth import Approves, Writes
from matinee.http.routes.assets import render
from matinee.http.schemas import AssetBody, CostBody, ErrorBody
from matinee.http.spending_schemas import FilmWish, SpendingBody
from matinee.http.state import AppState, BaseUrl
from matinee.http.strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["spending"])


@router.get("/cost")
def get_cost(app: AppState, _: Writes, asked: Annotated[FilmWish, Query()]) -> SpendingBody:
    """What a film would cost before it is sent, whether its ingest would wait at a limit, and the month so far."""
    spent, allowed = app.spending.spent(), app.spending.allowance
    offer = None
    if asked.duration_seconds is not None:
        shape = Shape(
            duration_seconds=asked.duration_seconds,
            width=asked.width,
            height=asked.height,
            frame_rate=asked.frame_rate,
            size_bytes=asked.size_bytes,
        )
        offer = app.spending.offer(shape, _codecs(asked.codecs))
    return SpendingBody(
        film=CostBody.model_validate(offer.cost) if offer else None,
        waits=ErrorBody.model_validate(offer.waits) if offer and offer.waits else None,
        month=spent.month,
        runs=spent.runs,
        minutes=round(spent.seconds / MINUTE, 1),
        usd=spent.micro_usd / 1e6,
        limit_minutes_a_month=allowed.minutes_a_month,
        limit_hours_stored=allowed.hours_stored,
        limit_usd_a_film=allowed.usd_a_film,
    )


@router.post("/assets/{asset_id}/ingest/approve", status_code=202)
def approve_ingest(app: AppState, who: Approves, base: BaseUrl, asset_id: str) -> AssetBody:
    """Let a run go on that waits at a limit, whatever it costs. 409 `run_over` when none is under way.

    It takes the scope `spending:approve`, which publishers do not have.
    """
    app.runs.approve(AssetId(asset_id), who.subject)
    return render(app, base, app.library.get(AssetId(asset_id)))


def _codecs(text: str) -> list[str]:
    asked = [each.strip() for each in text.split(",") if each.strip()]
    if set(asked) - set(CODECS):
        raise MatineeError(ErrorCode.FIELD_INVALID, f"'codecs' takes {', '.join(CODECS)}, separated by commas.")
    return asked
