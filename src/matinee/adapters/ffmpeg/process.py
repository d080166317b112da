"""Runs ffmpeg and ffprobe so that none outlives its worker, hangs or dies without a reason given.

It must not know what is encoded. Commands are logged as a person would paste them.
"""

import ctypes
import logging
import os
import selectors
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO

from matinee.errors import ErrorCode, MatineeError

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1  # linux/prctl.h
# Enough of the last words to tell the reason, few enough to read.
LAST_LINES = 8
STDERR_TAIL_BYTES = 65_536
# SVT-AV1 tells its settings, twenty lines an encoder, and can be silenced by an environment variable only.
CHATTER = "Svt[info]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a program may take and stand still, and how far it steps back for others (`nice`)."""

    time_limit_seconds: float
    stall_seconds: float
    niceness: int = 0


def run(command: list[str], limits: Limits) -> tuple[int, bytes, str]:
    """Exit code, stdout and the end of stderr of a short program. `encode_failed` past its time limit."""
    log.debug("run %s", shlex.join(command))
    with tempfile.TemporaryFile() as errors, started(command, limits, errors) as process:
        try:
            output, _ = process.communicate(timeout=limits.time_limit_seconds)
        except subprocess.TimeoutExpired as late:
            raise _stopped(command, f"took more than {limits.time_limit_seconds:g} seconds", errors) from late
        return process.returncode, output, tail(errors)


def watch(command: list[str], limits: Limits, on_time: Callable[[float], None]) -> str:
    """Runs ffmpeg with `-progress pipe:1`; `on_time` gets the output's position in seconds. Returns the last stderr.

    `encode_failed` when it fails, passes its time limit, or reports nothing new for `stall_seconds`.
    """
    log.info("encode %s", shlex.join(command))
    with tempfile.TemporaryFile() as errors, started(command, limits, errors) as process:
        reason = _follow(process, limits, on_time)
        if reason:
            raise _stopped(command, reason, errors)
        if process.wait(limits.stall_seconds):
            raise _stopped(command, f"ended with code {process.returncode}", errors)
        return tail(errors)


@contextmanager
def started(command: list[str], limits: Limits, errors: IO[bytes]) -> Iterator["subprocess.Popen[bytes]"]:
    """The running program; killed when the block is left for whatever reason."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            preexec_fn=_before_exec(limits.niceness),  # noqa: PLW1509 - only async-signal-safe calls inside, see there
        )
    except OSError as missing:
        raise MatineeError(
            ErrorCode.ENCODE_FAILED,
            f"{Path(command[0]).name} cannot be started ({missing.strerror}). Run `matinee doctor`.",
        ) from missing
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def tail(errors: IO[bytes]) -> str:
    """The last lines of what a program wrote to stderr."""
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - STDERR_TAIL_BYTES))
    lines = (line.strip() for line in errors.read().decode("utf-8", "replace").splitlines())
    return "\n".join([line for line in lines if line and not line.startswith(CHATTER)][-LAST_LINES:])


def _follow(process: "subprocess.Popen[bytes]", limits: Limits, on_time: Callable[[float], None]) -> str | None:
    """Reads progress until stdout closes; the reason to stop it, or None."""
    if process.stdout is None:
        raise ValueError("started without a pipe")
    ends, moved, last = time.monotonic() + limits.time_limit_seconds, time.monotonic(), (b"", b"")
    state: dict[bytes, bytes] = {}
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        pending = b""
        while True:
            if selector.select(timeout=1.0):
                read = os.read(process.stdout.fileno(), 65_536)
                if not read:
                    return None
                *lines, pending = (pending + read).split(b"\n")
                state.update(tuple(line.split(b"=", 1)) for line in lines if b"=" in line)  # type: ignore[misc]
                now = state.get(b"out_time_us", b""), state.get(b"frame", b"") + state.get(b"total_size", b"")
                if now != last:
                    moved, last = time.monotonic(), now
                    if now[0].isdigit():
                        on_time(int(now[0]) / 1e6)
            if time.monotonic() > ends:
                return f"took more than {limits.time_limit_seconds:g} seconds"
            if time.monotonic() - moved > limits.stall_seconds:
                return f"made no progress for {limits.stall_seconds:g} seconds"


def _stopped(command: list[str], reason: str, errors: IO[bytes]) -> MatineeError:
    words = tail(errors)
    log.warning("%s %s: %s", Path(command[0]).name, reason, words)
    if "No space left on device" in words:
        return MatineeError(
            ErrorCode.STORE_FULL,
            "The disk filled up while the film was being encoded. Free some space; the run then goes on by itself.",
        )
    if "no decoder found for" in words or "Decoder not found" in words:
        return MatineeError(
            ErrorCode.SOURCE_UNSUPPORTED,
            "The film is coded in a way that cannot be read here. Export it as H.264 and AAC, in MP4 or MKV.",
        )
    if "received no packets" in words:
        # Not one frame could be decoded: a second try would meet the same bytes.
        return MatineeError(
            ErrorCode.SOURCE_UNREADABLE,
            "Nothing in the file could be decoded. Export the film again or upload the original file.",
        )
    return MatineeError(
        ErrorCode.ENCODE_FAILED,
        f"The encoder {reason}. Its last words: {words or 'none'}. Ingest the asset again; if it fails again, "
        "export the film anew from the program it came from.",
    )


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _before_exec(niceness: int) -> Callable[[], None]:
    """What the child does between fork and exec. Everything it needs is loaded before the fork."""
    parent = os.getpid()
    prctl = _libc().prctl if sys.platform == "linux" else None

    def child() -> None:
        if niceness:
            os.nice(niceness)
        if prctl is not None:
            # A worker killed with SIGKILL cannot clean up: the kernel kills its ffmpeg then.
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            if os.getppid() != parent:  # it died between fork and prctl
                os._exit(1)

    return child
