"""The HTTP API behind API Gateway. It must not know routes: they are `http.app`'s, the same as on one machine."""

from functools import cache

from aws_lambda_powertools.utilities.typing import LambdaContext
from mangum import Mangum

from matinee import config
from matinee.http.app import build_app
from matinee.http.viewer import behind_cloudfront
from matinee.lambdas.observing import Event, count, observed
from matinee.wiring_cloud import open_cloud

# What API Gateway is given as text; anything else travels in base64.
TEXT = ["text/", "application/json", "application/problem+json"]


@cache
def _app() -> Mangum:
    app = behind_cloudfront(build_app(open_cloud(config.load())))
    return Mangum(app, lifespan="off", text_mime_types=TEXT)  # type: ignore[arg-type]  # its protocol names arguments


def _answer(event: Event, context: LambdaContext) -> Event:
    answer = _app()(event, context)  # type: ignore[arg-type]  # Mangum has a protocol of its own for the same context
    if answer["statusCode"] >= 500:
        count("ServerErrors")
    return answer


handler = observed(_answer, correlation="requestContext.requestId")
