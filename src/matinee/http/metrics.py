"""`/metrics` on one machine: its figures as OpenMetrics. It must not know what they mean.

Guarded by the API token (scope insight:read), also on loopback: behind a proxy everybody comes from there.
"""

from fastapi import APIRouter
from starlette.responses import Response

from matinee.domain.measure import CONTENT_TYPE, text
from matinee.http.auth import ReadsInsight
from matinee.http.state import AppState

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def read_metrics(app: AppState, _: ReadsInsight) -> Response:
    """The figures of docs/operate.md, "Figures", as OpenMetrics."""
    measures = (*app.figures.now(), *app.machine_measures(), *app.requests.measures())
    return Response(text(measures), headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})
