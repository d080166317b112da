"""Beacons and insight. Parse, call, render."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Header, Query

from matinee.domain.beacon import Beacon
from matinee.domain.ids import AssetId
from matinee.domain.insight import Report
from matinee.http.auth import FromAnywhere, ReadsInsight
from matinee.http.insight_schemas import BeaconBody, InsightBody, QualityBody, QualityList
from matinee.http.state import AppState
from matinee.http.strict_json import StrictRoute
from matinee.services.quality import Playing

router = APIRouter(route_class=StrictRoute, prefix="/v1", tags=["insight"])

First = Annotated[date | None, Query(alias="from", description="The first day, in UTC; 28 days before the last")]
Last = Annotated[date | None, Query(alias="to", description="The last day; today")]


@router.post("/beacons", status_code=204, dependencies=[FromAnywhere])
def record_beacon(app: AppState, body: BeaconBody, user_agent: Annotated[str, Header()] = "") -> None:
    """Count what a player tells; the playback token in the body is the credential."""
    told = body.model_dump(exclude={"token"})
    app.insight.record(body.token, Beacon(**told | {"seen": tuple(dict.fromkeys(body.seen))}), user_agent)


@router.get("/insight")
def read_insight(app: AppState, _: ReadsInsight, first: First = None, last: Last = None) -> InsightBody:
    """What was watched of all assets together."""
    return _body(None, app.insight.report(None, first, last))


@router.get("/assets/{asset_id}/insight")
def read_asset_insight(
    app: AppState, _: ReadsInsight, asset_id: str, first: First = None, last: Last = None
) -> InsightBody:
    """What was watched of one asset."""
    return _body(asset_id, app.insight.report(AssetId(asset_id), first, last))


@router.get("/insight/quality")
def read_quality(app: AppState, _: ReadsInsight) -> QualityList:
    """How films played in the last quarter of an hour, those whose viewers complain first."""
    return QualityList(items=[_playing(each) for each in app.watch.playing()])


def _playing(each: Playing) -> QualityBody:
    told = each.quality
    return QualityBody(
        asset_id=told.asset_id,
        complaint=each.complaint,
        wanted_seconds=told.wanted_ms / 1000,
        stalled_seconds=told.stalled_ms / 1000,
        stalled_share=round(told.stalled_share, 4),
        starts=told.starts,
        slow_starts=told.slow_starts,
        errors=told.errors,
    )


def _body(asset_id: str | None, report: Report) -> InsightBody:
    return InsightBody.model_validate({"asset_id": asset_id, **asdict(report)})
