"""What machine a compiled file is for, read from its head (ELF, System V ABI). It must not know why it is there."""

MAGIC = b"\x7fELF"
MACHINES = {0x3E: "x86_64", 0xB7: "aarch64"}  # e_machine


def machine_of(data: bytes) -> str | None:
    """`x86_64`, `aarch64`, or the number of another; None for what is no ELF file."""
    if data[:4] != MAGIC:
        return None
    number = int.from_bytes(data[18:20], "little" if data[5] == 1 else "big")
    return MACHINES.get(number, hex(number))
