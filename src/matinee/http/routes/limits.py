"""`/v1/limits`: what a publisher may know of the server's policy. Call, render."""

from fastapi import APIRouter

from matinee.http.auth import Writes
from matinee.http.schemas import LimitsBody
from matinee.http.state import AppState
from matinee.http.strict_json import StrictRoute

router = APIRouter(route_class=StrictRoute, prefix="/v1/limits", tags=["limits"])


@router.get("")
def get_limits(app: AppState, _: Writes) -> LimitsBody:
    """What this server takes, makes and for how long: asked before an upload, shown in the studio."""
    return LimitsBody.model_validate(app.limits(), from_attributes=True)
