"""A count of what a server's process answered. It must not know who reads it."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matinee.domain.measure import Labels, Measure


class Requests:
    """What this process answered, by kind (`media`, `api`) and class of status (`2xx` …), and how long it took."""

    def __init__(self) -> None:
        self._count: dict[Labels, float] = {}
        self._seconds: dict[Labels, float] = {}

    async def through(self, app: ASGIApp, kind: str, scope: Scope, receive: Receive, send: Send) -> None:
        """`app`'s answer, counted when it is over; one that was cut off counts by what was begun."""
        began, status = time.monotonic(), 500

        async def seen(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await app(scope, receive, seen)
        finally:
            labels = (("kind", kind), ("status", f"{status // 100}xx"))
            self._count[labels] = self._count.get(labels, 0) + 1
            self._seconds[labels] = self._seconds.get(labels, 0.0) + time.monotonic() - began

    def measures(self) -> tuple[Measure, ...]:
        """Since the server's start."""
        return (
            Measure(name="requests", says="Requests answered.", samples=dict(self._count), kind="counter"),
            Measure(
                name="request_seconds",
                says="Time taken to answer them.",
                samples=dict(self._seconds),
                kind="counter",
            ),
        )
