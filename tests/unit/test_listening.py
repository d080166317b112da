"""How the server listens: what a person waits for on every answer, held without a clock."""

import asyncio
import socket

from matinee import config
from matinee.cli.serve import bound

NO_DELAY = (socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_an_answers_body_does_not_wait_for_its_head_to_be_confirmed() -> None:
    accepted: list[int] = []

    async def answer() -> None:
        def keep(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            accepted.append(writer.get_extra_info("socket").getsockopt(*NO_DELAY))
            writer.close()

        server = await asyncio.start_server(keep, sock=listener)  # as uvicorn's `loop="asyncio"` does
        async with server:
            reader, writer = await asyncio.open_connection(*listener.getsockname()[:2])
            await reader.read()
            writer.close()

    with bound(config.load({"MATINEE_PORT": "0"})) as listener:
        asyncio.run(answer())
    assert [option != 0 for option in accepted] == [True]
