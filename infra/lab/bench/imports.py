"""What importing the function costs, by package, and by room for our own."""

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import median

import msgspec

from lab.bench.stage import staged
from lab.bench.worlds import ROOT

TIMES = 5
OURS, STANDARD = "budget_alert", "the standard library"
_AWS = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six")
_POWERTOOLS = "aws_lambda_powertools"
_FIRST = "boto3 and botocore"
_IMPORTED = "import boto3, budget_alert.app"
_MILLISECOND = 1000


class Import(msgspec.Struct, frozen=True):
    """Milliseconds that importing a group of modules takes, what each imports itself not included."""

    group: str
    modules: int
    milliseconds: float
    uncompiled: float
    """The same where there is no bytecode."""


def measured(times: int = TIMES) -> list[Import]:
    """Measure what importing boto3 and then the function costs, medians over so many processes."""
    with tempfile.TemporaryDirectory() as folder:
        compiled = _run(staged(ROOT / "handler", Path(folder) / "compiled", compiled=True), times)
        built = _run(staged(ROOT / "handler", Path(folder) / "built", compiled=False), times)
    made = [
        Import(group, len(found), sum(found.values()), sum(built.get(group, {}).values()))
        for group, found in compiled.items()
    ]
    return sorted(made, key=lambda one: -one.uncompiled)


def _run(folder: Path, times: int) -> dict[str, dict[str, float]]:
    """Give the median milliseconds of each module by group."""
    runs = [_times(folder) for _ in range(times)]
    groups: dict[str, dict[str, float]] = {}
    for module in runs[0]:
        groups.setdefault(group_of(module), {})[module] = median(run.get(module, 0.0) for run in runs)
    return groups


def _times(folder: Path) -> dict[str, float]:
    environ = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "POWERTOOLS_SERVICE_NAME": "watch"}
    asked = [sys.executable, "-X", "importtime", "-c", _IMPORTED]
    done = subprocess.run(asked, env=environ, stderr=subprocess.PIPE, check=True)  # noqa: S603 - our own
    return parsed(done.stderr.decode().splitlines())


def parsed(lines: Iterable[str]) -> dict[str, float]:
    """Read what `-X importtime` prints: the milliseconds of each module without what it imports."""
    rows = (line.removeprefix("import time:").split("|") for line in lines if line.startswith("import time:"))
    spent: dict[str, float] = {}
    for own, _, module in rows:
        if own.strip().isdigit():
            name = module.strip()
            spent[name] = spent.get(name, 0.0) + int(own) / _MILLISECOND
    return spent


def group_of(module: str) -> str:
    """Name the group of a module: our rooms and Powertools' utilities apart, other packages whole."""
    parts = module.split(".")
    if parts[0] == OURS:
        return ".".join(parts[:2])
    if parts[0] == _POWERTOOLS:
        return ".".join(parts[:3] if parts[1:2] == ["utilities"] else parts[:2])
    if parts[0] in _AWS:
        return _FIRST
    return STANDARD if parts[0] in sys.stdlib_module_names else parts[0]
