"""What the figures were measured on."""

import os
import platform
import re
from pathlib import Path

import msgspec

_CPU_INFO = Path("/proc/cpuinfo")


class Machine(msgspec.Struct, frozen=True):
    """A processor, how many of its cores there were, and the version of Python."""

    cpu: str
    cores: int
    python: str

    def __str__(self) -> str:
        """Name it in one line."""
        return f"{self.cpu}, {self.cores} cores, Python {self.python}"


def this_machine() -> Machine:
    """Describe this machine."""
    known = _CPU_INFO.read_text(encoding="utf-8") if _CPU_INFO.exists() else ""
    return Machine(cpu_model(known) or platform.machine(), os.cpu_count() or 1, platform.python_version())


def cpu_model(cpu_info: str) -> str:
    """Find the processor's name in what Linux tells of it; "" where it tells none."""
    found = re.search(r"^model name\s*:\s*(.+)$", cpu_info, re.MULTILINE)
    return found[1].strip() if found else ""
