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
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import IO

from matinee.adapters.ffmpeg.confinement import Amounts, Cell, prepared
from matinee.errors import ErrorCode, MatineeError

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1  # linux/prctl.h
# Enough of the last words to tell the reason, few enough to read.
LAST_LINES = 8
STDERR_TAIL_BYTES = 65_536
# What ffprobe may tell, 40 bytes a packet: a film of three days. A small file can claim any number of packets.
OUTPUT_BYTES = 512 * 1024 * 1024
READ_BYTES = 65_536
# SVT-AV1 tells its settings, twenty lines an encoder, and can be silenced by an environment variable only.
CHATTER = "Svt[info]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a program may take and stand still, how far it steps back for others (`nice`), and what it may take.

    `cell` is what it may reach: whatever it meets a stranger's bytes with has one.
    """

    time_limit_seconds: float
    stall_seconds: float
    niceness: int = 0
    cell: Cell | None = None
    file_bytes: int | None = None
    memory_bytes: int | None = None

    @property
    def amounts(self) -> Amounts:
        """What the kernel holds it to, whoever else is still there to watch."""
        cpu_seconds = int(self.time_limit_seconds * (os.cpu_count() or 1)) + 1
        return Amounts(file_bytes=self.file_bytes, memory_bytes=self.memory_bytes, cpu_seconds=cpu_seconds)


# All a program is told. Nothing of ours is in it, least of all a credential (`MATINEE_TOKEN`, a function's `AWS_…`):
# a stranger's file may have made something else of the program.
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

# ffprobe hands a long listing over line by line. Woken for each, the reader takes a third of a core from it: a pipe
# holds more than is written in a moment.
LONG_OUTPUT_BYTES = 64 * 1024
GATHER_SECONDS = 0.005


def run(command: list[str], limits: Limits) -> tuple[int, bytes, str]:
    """Exit code, stdout and the end of stderr of a short program.

    `encode_failed` past its time limit, `source_unsupported` past `OUTPUT_BYTES`.
    """
    log.debug("run %s", shlex.join(command))
    with tempfile.TemporaryFile() as errors, started(command, limits, errors) as process:
        ends = time.monotonic() + limits.time_limit_seconds
        output = bytearray()
        for read in _output_of(process, 1.0):
            output += read
            if len(output) > OUTPUT_BYTES:
                raise MatineeError(
                    ErrorCode.SOURCE_UNSUPPORTED,
                    "The file has more parts than can be looked at. Export the film again as MP4 or MKV.",
                )
            if time.monotonic() > ends:
                raise _stopped(command, f"took more than {limits.time_limit_seconds:g} seconds", errors)
            if len(output) > LONG_OUTPUT_BYTES:
                time.sleep(GATHER_SECONDS)
        try:
            code = process.wait(max(0.1, ends - time.monotonic()))
        except subprocess.TimeoutExpired as late:
            raise _stopped(command, f"took more than {limits.time_limit_seconds:g} seconds", errors) from late
        return code, bytes(output), tail(errors)


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
        with prepared(limits.cell and _with_program(limits.cell, command[0]), limits.amounts) as confine:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=ENVIRONMENT,
                # Only what may be done between fork and exec, see there.
                preexec_fn=_before_exec(limits.niceness, confine),  # noqa: PLW1509
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


def _with_program(cell: Cell, program: str) -> Cell:
    """Landlock keeps a program from being started as it does any file."""
    return replace(cell, reads=(*cell.reads, Path(program)))


def tail(errors: IO[bytes]) -> str:
    """The last lines of what a program wrote to stderr."""
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - STDERR_TAIL_BYTES))
    lines = (line.strip() for line in errors.read().decode("utf-8", "replace").splitlines())
    return "\n".join([line for line in lines if line and not line.startswith(CHATTER)][-LAST_LINES:])


def _follow(process: "subprocess.Popen[bytes]", limits: Limits, on_time: Callable[[float], None]) -> str | None:
    """Reads progress until stdout closes; the reason to stop it, or None."""
    ends, moved, last = time.monotonic() + limits.time_limit_seconds, time.monotonic(), (b"", b"")
    state: dict[bytes, bytes] = {}
    pending = b""
    for read in _output_of(process, 1.0):
        if read:
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
    return None


def _output_of(process: "subprocess.Popen[bytes]", pause_seconds: float) -> Iterator[bytes]:
    """What it writes to stdout, as it comes, until it closes that; nothing, now and then, while nothing comes."""
    if process.stdout is None:
        raise ValueError("started without a pipe")
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            if not selector.select(timeout=pause_seconds):
                yield b""
                continue
            read = os.read(process.stdout.fileno(), READ_BYTES)
            if not read:
                return
            yield read


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


def _before_exec(niceness: int, confine: Callable[[], None]) -> Callable[[], None]:
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
        confine()

    return child
