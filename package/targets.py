"""For which machine and which Python a package is made. It must not know how."""

import platform
import sys
from dataclasses import dataclass

RUNTIME = (3, 13)  # terraform/packages.tf names the same
MACHINES = {"arm64": "aarch64", "x86_64": "x86_64"}  # Lambda's names, and the wheels'
# What binaries of wheels may lean on: Lambda's python3.13 runs on Amazon Linux 2023, which has glibc 2.34.
GLIBC = ("manylinux2014", "manylinux_2_28", "manylinux_2_34")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`machine` as uname says it, `python` as (3, 13)."""

    name: str
    machine: str
    python: tuple[int, int]

    @property
    def version(self) -> str:
        """`3.13`."""
        return ".".join(map(str, self.python))

    @property
    def cache_tag(self) -> str:
        """What its bytecode is called after: `cpython-313`."""
        return f"cpython-{''.join(map(str, self.python))}"

    @property
    def wheel_options(self) -> list[str]:
        """What makes pip choose wheels for it and not for the machine it runs on."""
        tag = "".join(map(str, self.python))
        options = ["--implementation", "cp", "--python-version", self.version]
        for abi in (f"cp{tag}", "abi3", "none"):
            options += ["--abi", abi]
        for glibc in GLIBC:
            options += ["--platform", f"{glibc}_{self.machine}"]
        return options

    @property
    def markers(self) -> dict[str, str]:
        """The environment its requirements' markers are read in (PEP 508)."""
        return {
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{self.version}.0",
            "python_version": self.version,
            "sys_platform": "linux",
        }


def target_named(name: str) -> Target:
    """`arm64` and `x86_64` are Lambda's; `rehearsal` is this machine and this Python, for an emulator. ValueError."""
    if name == "rehearsal":
        return Target(name=name, machine=platform.machine(), python=(sys.version_info[0], sys.version_info[1]))
    if name not in MACHINES:
        raise ValueError(f"TARGET={name} is not known; it takes arm64, x86_64 or rehearsal.")
    return Target(name=name, machine=MACHINES[name], python=RUNTIME)
