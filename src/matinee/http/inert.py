"""Answers that are data: no browser takes them for anything else, runs or frames them. It must not know routes.

A title may hold any text, and whoever is signed in may open an answer's address. Pages have their own, wider policy
(`http.pages`); a script keeps none, since a worker lives by the policy of its script's answer.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matinee.http.problems import DATA_HEADERS, PROBLEM_TYPE

DATA = (b"application/json", PROBLEM_TYPE.encode())
ADDED = [(name.lower().encode(), value.encode()) for name, value in DATA_HEADERS.items()]
NOSNIFF = [header for header in ADDED if header[0] == b"x-content-type-options"]


def inert(app: ASGIApp) -> ASGIApp:
    """`app`, whose every answer says what may be done with it."""

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", ()))
                message = {**message, "headers": headers + _missing(dict(headers))}
            await send(message)

        await app(scope, receive, told)

    return answered


def _missing(said: dict[bytes, bytes]) -> list[tuple[bytes, bytes]]:
    wanted = ADDED if said.get(b"content-type", b"").startswith(DATA) else NOSNIFF
    return [header for header in wanted if header[0] not in said]
