"""`matinee serve`: the whole system on this machine, until it is told to stop. It must not know what requests do.

One process answers HTTP and keeps house; one or more worker processes ingest. Only one server works on a data
directory at a time: it holds a lock, so that at start it knows that every lease left over is from a dead process.
"""

import resource
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from matinee import config
from matinee.cli.background import Background
from matinee.cli.demo import publish_demo
from matinee.cli.lock import only_server
from matinee.cli.logs import configure_logs
from matinee.config import Settings
from matinee.errors import ErrorCode, MatineeError
from matinee.http.app import build_app
from matinee.http.sendfile import sendfile_protocol
from matinee.services.playback import SessionRequest
from matinee.wiring import Machine, open_machine

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75  # as nginx; a paused player keeps its connection
SHUTDOWN_SECONDS = 5  # what a viewer's transfer under way may take after Ctrl-C


def serve() -> None:
    """Run until SIGINT or SIGTERM. Raises `already_running`, `setting_invalid` and the adapters' errors."""
    settings = config.load()
    configure_logs(settings.log_level)
    _allow_many_files()
    _leave_no_core()
    machine = open_machine(settings)
    with only_server(settings.data_dir), bound(settings) as listener:
        machine.queue.release_all()
        _drop_old_scratch(machine)
        machine.sweep_temporary(machine.clock.now())  # nobody writes yet: it is all from a dead process
        machine.drop_stray_parts()
        _first_key(machine)
        machine.upkeep.recover()
        demo = settings.demo and settings.workers > 0 and machine.empty()
        address = f"http://{_shown_host(settings.host)}:{listener.getsockname()[1]}"
        print(f"Matinee is at {address}/signin?token={machine.api_token}", flush=True)
        if settings.public_url:
            print(f"Through its proxy it is at {settings.public_url}/signin", flush=True)
        with Background(machine) as background:
            if demo:
                background.then(lambda: _show_demo(machine, address))
            _run(machine, listener)


def _run(machine: Machine, listener: socket.socket) -> None:
    uvicorn.Server(http_config(build_app(machine.app), machine.settings)).run(sockets=[listener])


def http_config(app: ASGIApp, settings: Settings) -> uvicorn.Config:
    """How `app` is served; what is forwarded is believed of the proxies that the settings name, and of nobody else."""
    proxies = list(settings.trusted_proxies)
    return uvicorn.Config(
        app,
        http=sendfile_protocol(),
        loop="asyncio",
        lifespan="off",
        log_config=None,
        access_log=False,  # an access log would hold tokens: they are in the path
        server_header=False,
        proxy_headers=bool(proxies),
        forwarded_allow_ips=proxies,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        backlog=BACKLOG,
    )


def _allow_many_files() -> None:
    """Every transfer under way holds three descriptors; the usual soft limit of 1,024 would be 300 viewers."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _leave_no_core() -> None:
    """A core dump would hold the signing keys; workers inherit that there is none."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _drop_old_scratch(machine: Machine) -> None:
    """Folders of runs that ended while their worker was being killed; those of waiting runs hold finished work."""
    waiting = machine.queue.waiting()
    for path in machine.scratch.glob("*"):
        if not path.name.startswith(waiting):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _first_key(machine: Machine) -> None:
    try:
        machine.keys.signing_key()
    except MatineeError as error:
        if error.code is not ErrorCode.GATE_NOT_READY:
            raise
        now = machine.clock.now()
        machine.keys.rotate(now=now, keep_for_renewal_until=now)


def _show_demo(machine: Machine, address: str) -> None:
    asset_id = publish_demo(machine)
    if asset_id is not None:
        playback = machine.app.sessions.open(asset_id, SessionRequest(viewer="demo"))
        print(f"A 20-second demonstration plays at {address}/watch/{asset_id}#{playback.token}", flush=True)


@contextmanager
def bound(settings: Settings) -> Iterator[socket.socket]:
    """The socket the server listens on. Raises `setting_invalid` when it cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    # With the protocol named, asyncio turns off Nagle's algorithm on what it accepts: else the body of every answer
    # waits some 40 ms for the head of it to be confirmed.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        sentence = (
            f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}); "
            "set MATINEE_PORT to a free port (0 takes any), or stop what uses it."
        )
        raise MatineeError(ErrorCode.SETTING_INVALID, sentence) from error
    listener.set_inheritable(False)
    with listener:
        yield listener


def _shown_host(host: str) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104 - shown, not bound
    return f"[{shown}]" if ":" in shown and not shown.startswith("[") else shown
