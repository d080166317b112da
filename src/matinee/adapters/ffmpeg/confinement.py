"""Shuts a program in before it meets a stranger's bytes: which files, which port, how much. It must not know ffmpeg.

A decoder with a hole runs what a film tells it to. What it then finds is this (docs/adr/0019):

    files      the source, to read; its scratch folder, to write; the system's libraries     Landlock, Linux 5.13
    network    nothing, or one port of this machine                                           seccomp; Landlock, 6.7
    others     no process to signal, trace or read                                            seccomp; Landlock, 6.12
    amounts    bytes a file, memory, CPU seconds; no core dump; first to go when memory ends  setrlimit, oom_score_adj

None of it needs rights. Where the kernel lacks one, `missing` says so and the others hold. Everything is prepared
before the fork: the child of a threaded process may hardly do more than call the kernel.
"""

import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2  # linux/prctl.h, linux/seccomp.h
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
RULE_PATH, RULE_PORT = 1, 2  # linux/landlock.h
NET_BIND, NET_CONNECT = 1, 2
SCOPE_ABSTRACT_SOCKETS, SCOPE_SIGNALS = 1, 2
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
TRUNCATE = 1 << 14
READS = EXECUTE | READ_FILE | READ_DIR
ON_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | 1 << 15  # what may be allowed of something that is no folder
RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}  # by ABI, how many rights over files there are; 16 since 5
NET_ABI, SCOPE_ABI = 4, 6

# What a program needs to start: an operator's own ffmpeg may be linked to libraries, or be a script around another.
# The rest is how encoders count cores, and the two devices.
SYSTEM = (
    *("/usr", "/bin", "/lib", "/lib64", "/nix/store", "/etc/ld.so.cache", "/etc/alternatives"),
    *("/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/dev/urandom"),
)
SINK = "/dev/null"

# Calls nobody needs to decode a film, by architecture: sockets first, then what reaches other processes or the kernel.
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # linux/audit.h
SOCKET = {"x86_64": 41, "aarch64": 198}
REFUSED = {
    # ptrace, process_vm_readv/writev, io_uring_setup (opens sockets unseen), bpf, userfaultfd, perf_event_open, keyctl,
    # mount, unshare, setns, open_by_handle_at
    "x86_64": (101, 310, 311, 425, 321, 323, 298, 250, 165, 272, 308, 304),
    "aarch64": (117, 270, 271, 425, 280, 282, 241, 219, 40, 97, 268, 265),
}
X32_CALLS = 0x40000000  # the same calls again under other numbers (x86_64 only)
AF_INET, SOCK_STREAM = 2, 1
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050000 | 13, 0x80000000  # linux/seccomp.h; 13 is EACCES


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a program may reach. `port` is the one on this machine it may connect to."""

    reads: tuple[Path, ...] = ()
    writes: tuple[Path, ...] = ()
    port: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """How much it may take: bytes of a file it writes, of memory, seconds of processor. None leaves one unlimited."""

    file_bytes: int | None = None
    memory_bytes: int | None = None
    cpu_seconds: int | None = None


def missing() -> tuple[str, ...]:
    """What this system cannot withhold from a program, in words; empty where everything above holds."""
    if sys.platform != "linux":
        return ("files", "network")
    abi = _landlock_abi()
    lacks = [] if abi else ["files"]
    if not _has_seccomp():
        lacks.append("network")
    return tuple(lacks)


@contextmanager
def prepared(cell: Cell | None, amounts: Amounts) -> Iterator[Callable[[], None]]:
    """What the child calls between fork and exec. It ends the child when the kernel refuses what it said it could."""
    limits = list(_limits(amounts))
    with ExitStack() as held:
        ruleset = held.enter_context(_ruleset(cell)) if cell and sys.platform == "linux" and _landlock_abi() else None
        program = _filter(cell.port is not None) if cell and sys.platform == "linux" and _has_seccomp() else None
        call = _libc() if cell else None

        def enter() -> None:
            for what, most in limits:
                resource.setrlimit(what, (most, most))
            if call is None or (ruleset is None and program is None):
                return
            _go_first_when_memory_ends()
            refused = call.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
            if ruleset is not None:
                refused |= call.syscall(RESTRICT_SELF, ruleset, 0)
            if program is not None:
                refused |= call.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)
            if refused:
                os._exit(126)  # a shell's code for "found, but cannot be run"

        yield enter


def _limits(amounts: Amounts) -> Iterator[tuple[int, int]]:
    yield resource.RLIMIT_CORE, 0  # a core dump would hold the film
    wanted = [(resource.RLIMIT_FSIZE, amounts.file_bytes), (resource.RLIMIT_CPU, amounts.cpu_seconds)]
    # Not RLIMIT_AS, which also counts what is mapped and never touched: a thread's arena alone is 64 MB of that.
    wanted += [(resource.RLIMIT_DATA, amounts.memory_bytes)] if sys.platform == "linux" else []
    for what, most in wanted:
        hard = resource.getrlimit(what)[1]
        if most is not None:
            yield what, most if hard == resource.RLIM_INFINITY else min(most, hard)


def _go_first_when_memory_ends() -> None:
    """The kernel then takes this program before the server; raising one's own score needs no rights."""
    try:
        score = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
    except OSError:
        return
    os.write(score, b"1000")
    os.close(score)


@contextmanager
def _ruleset(cell: Cell) -> Iterator[int]:
    """A Landlock ruleset: everything it knows is refused, but for what the cell names."""
    abi = _landlock_abi()
    everything = (1 << RIGHTS.get(abi, 16)) - 1
    network = NET_BIND | NET_CONNECT if abi >= NET_ABI else 0
    scopes = SCOPE_ABSTRACT_SOCKETS | SCOPE_SIGNALS if abi >= SCOPE_ABI else 0
    given = struct.pack("=QQQ", everything, network, scopes)[: 24 if scopes else 16 if network else 8]
    ruleset = _kernel(CREATE_RULESET, given, ctypes.c_size_t(len(given)), 0)
    try:
        for path in (*map(Path, SYSTEM), *cell.reads):
            _allow_path(ruleset, path, READS & everything)
        for path in (Path(SINK), *cell.writes):
            _allow_path(ruleset, path, everything & ~EXECUTE)
        if network and cell.port is not None:
            _kernel(ADD_RULE, ruleset, RULE_PORT, struct.pack("=QQ", NET_CONNECT, cell.port), 0)
        yield ruleset
    finally:
        os.close(ruleset)


def _allow_path(ruleset: int, path: Path, rights: int) -> None:
    """What is not there cannot be opened either."""
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    try:
        rights &= (1 << 16) - 1 if path.is_dir() else ON_A_FILE
        _kernel(ADD_RULE, ruleset, RULE_PATH, struct.pack("=Qi", rights, opened), 0)
    finally:
        os.close(opened)


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def _filter(connects: bool) -> _Program:  # noqa: FBT001 - private, one caller
    """The seccomp filter of a cell, in classic BPF: (code, if true, if false, value)."""
    name = platform.machine()
    load, equals, at_least, masked, answer = 0x20, 0x15, 0x35, 0x54, 0x06
    code = [(load, 0, 0, 4), (equals, 1, 0, ARCHITECTURES[name]), (answer, 0, 0, KILL), (load, 0, 0, 0)]
    code += [(at_least, 0, 1, X32_CALLS), (answer, 0, 0, REFUSE)] if name == "x86_64" else []
    for number in REFUSED[name] if connects else (SOCKET[name], *REFUSED[name]):
        code += [(equals, 0, 1, number), (answer, 0, 0, REFUSE)]
    if connects:  # a socket only if its family is IPv4 and its type a stream: Landlock sees no datagrams
        code += [(equals, 0, 6, SOCKET[name]), (load, 0, 0, 16), (equals, 0, 3, AF_INET), (load, 0, 0, 24)]
        code += [(masked, 0, 0, 0xF), (equals, 1, 0, SOCK_STREAM), (answer, 0, 0, REFUSE)]
    code.append((answer, 0, 0, ALLOW))
    packed = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in code))
    program = _Program(len(code), ctypes.addressof(packed))
    program.kept = packed  # the structure holds an address only
    return program


def _kernel(number: int, *arguments: object) -> int:
    """A system call libc has no name for. Raises OSError."""
    answer = int(_libc().syscall(number, *arguments))
    if answer < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return answer


@cache
def _landlock_abi() -> int:
    """Which Landlock this kernel has; 0 is none, also where a container's filter refuses to say."""
    try:
        return _kernel(CREATE_RULESET, None, ctypes.c_size_t(0), 1)
    except OSError:
        return 0


@cache
def _has_seccomp() -> bool:
    """Whether the kernel takes filters for this architecture (proc(5): the line is there if it does)."""
    try:
        return platform.machine() in ARCHITECTURES and "Seccomp:" in Path("/proc/self/status").read_text()
    except OSError:
        return False


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
