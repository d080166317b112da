"""The deployment's names as programs of this process find them: every host but this machine's own is the emulator.

It must not know who asks: the command line's own clients, a browser of the tests, whatever speaks by httpx.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from matinee.cli.client import is_this_machine
from tests.contracts.emulator import REGION
from tests.rehearsal.deployment import Deployment


@contextmanager
def resolved(deployment: Deployment) -> Iterator[pytest.MonkeyPatch]:
    """While the block lasts. What a person's shell knows of AWS leads to the emulator too."""
    send, emulator = httpx.HTTPTransport.handle_request, deployment.root.url

    def sent(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        if is_this_machine(str(request.url)):
            return send(transport, request)
        target = request.extensions.get("target", request.url.raw_path)
        mapped = httpx.Request(
            request.method,
            emulator,
            headers=[*request.headers.raw, (b"X-Forwarded-Proto", b"https")],  # Host is the one that was asked for
            stream=request.stream,
            extensions={**request.extensions, "target": target},
        )
        return send(transport, mapped)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(httpx.HTTPTransport, "handle_request", sent)
        patch.setenv("NO_PROXY", "*")
        patch.setenv("AWS_ENDPOINT_URL", emulator)
        patch.setenv("AWS_ACCESS_KEY_ID", deployment.root.key_id)
        patch.setenv("AWS_SECRET_ACCESS_KEY", deployment.root.secret)
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        yield patch
