"""A cold tick under Lambda's own runtime client, beside a bare handler with the same calls; its imports.

And a cold click beside the cold tick.
"""

import compileall
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import distribution
from pathlib import Path
from statistics import median
from time import perf_counter, time

import msgspec

from lab.bench import clicks
from lab.bench.deployment import (
    KEY,
    TEMPLATE_CONFIG,
    Call,
    apart,
    calls_of,
    environment,
    example_config,
    quiet,
    ticked,
)
from lab.bench.measured import ROOT, Figure, Import, figure
from standins.loopback import Asked, Reply, json_reply, serving

TIMES, IMPORTS = 15, 5
BOUND, CLICK_BOUND = 1.20, 1.10
SECONDS, PATIENCE_SECONDS = 60.0, 240.0
"""Under valgrind everything takes some fifty times as long."""
_BARE = Path(__file__).with_name("bare.py")
_CLIENTS = {"DynamoDB": "dynamodb", "AmazonSSM": "ssm", "secretsmanager": "secretsmanager"}
_GROUPS = {
    "boto3": "boto3 and botocore",
    "botocore": "boto3 and botocore",
    "s3transfer": "boto3 and botocore",
    "jmespath": "boto3 and botocore",
    "dateutil": "boto3 and botocore",
    "six": "boto3 and botocore",
    "aws_lambda_powertools": "Powertools",
    "budget_alert": "budget_alert",
    "msgspec": "msgspec",
    "urllib3": "urllib3",
}
_API = "/2018-06-01/runtime"


class Handler(msgspec.Struct, frozen=True):
    """A function to invoke, the environment that it finds, and what makes its event."""

    name: str
    environ: dict[str, str]
    event: Callable[[], bytes] = lambda: b"{}"


class RuntimeApi:
    """Lambda's Runtime API, which gives one invocation to one runtime client and keeps how it ended.

    `outcome` holds when it did, by `perf_counter`, and what the client said then. A client that asks for a
    second invocation is through: `idle` is set, and the answer does not come while anybody waits for it.
    https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
    """

    def __init__(self, seconds: float, event: Callable[[], bytes]) -> None:
        self.idle = threading.Event()
        self.outcome: queue.Queue[tuple[float, Asked]] = queue.Queue()
        self._seconds = seconds
        self._event = event
        self._given = False

    def answer(self, asked: Asked) -> Reply:
        """Answer the runtime client."""
        if asked.path != f"{_API}/invocation/next":
            self.outcome.put((perf_counter(), asked))
            return json_reply({"status": "OK"}, 202)
        if self._given:
            self.idle.set()
            return Reply(body=b"{}", pieces=2, pause=PATIENCE_SECONDS)
        self._given = True
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": "one",
            "Lambda-Runtime-Deadline-Ms": str(round((time() + self._seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:123456789012:function:watch",
        }
        return Reply(body=self._event(), headers=headers)


def measured(times: int = TIMES) -> Iterator[Figure]:
    """Measure a quiet tick with the template's config beside the bare handler, and a click beside the tick.

    Time, and instructions.
    """
    with (
        quiet(TEMPLATE_CONFIG) as address,
        apart(clicks.answering) as slack,
        tempfile.TemporaryDirectory() as folder,
    ):
        calls = recorded(address)
        ours, bare = _handlers(address, calls, Path(folder))
        # The second function is the same code, with another handler.
        environ = ours.environ | {"AWS_ENDPOINT_URL": slack}
        click = Handler("budget_alert.actions.endpoint.lambda_handler", environ, partial(clicks.event, slack))
        rounds = [[invoked(each) for each in (ours, bare, click)] for _ in range(times + 1)][1:]
        for place, name in enumerate(("wall time", "CPU time")):
            tick, plain, clicked = ([each[which][place] for each in rounds] for which in range(3))
            yield figure(f"cold tick, {name}", "ms", [tick, plain], BOUND, 1000)
            yield figure(f"cold click, {name}", "ms", [clicked, tick], CLICK_BOUND, 1000)
        if shutil.which("valgrind"):
            tick, plain, clicked = ([float(instructions(one))] for one in (ours, bare, click))
            yield figure("cold tick, instructions", "M", [tick, plain], BOUND, 1e-6)
            yield figure("cold click, instructions", "M", [clicked, tick], CLICK_BOUND, 1e-6)
        if list(map(str, calls)) != list(map(str, recorded(address))):
            # The first tick of each hour looks at more than others.
            raise RuntimeError("the hour has turned while cold ticks were measured: measure them again")


def calls() -> dict[str, tuple[str, ...]]:
    """List the calls of a quiet tick with each of two typical configs, as they arrive at the other end."""
    found = {}
    for name, config in (("the template's config", TEMPLATE_CONFIG), ("the example", example_config())):
        with quiet(config) as address:
            found[name] = tuple(str(call).partition("?")[0] for call in recorded(address))
    return found


def recorded(address: str) -> list[Call]:
    """Give the calls of one quiet tick."""
    calls_of(address)
    ticked(address, datetime.now(UTC))
    return calls_of(address)


def imports(times: int = IMPORTS) -> list[Import]:
    """Measure what importing boto3 and then the function costs by package, medians over so many processes."""
    with tempfile.TemporaryDirectory() as folder:
        runs = [_import_times(staged(Path(folder) / str(number))) for number in range(times)]
    groups: dict[str, list[float]] = {}
    for module in runs[0]:
        package = module.partition(".")[0]
        known = "the standard library" if package in sys.stdlib_module_names else "others"
        groups.setdefault(_GROUPS.get(package, known), []).append(
            median(run.get(module, 0.0) for run in runs)
        )
    found = [Import(group, len(each), sum(each)) for group, each in groups.items()]
    return sorted(found, key=lambda one: -one.milliseconds)


def _import_times(folder: Path) -> dict[str, float]:
    """Give the milliseconds of each module without what it imports."""
    environ = {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1", "POWERTOOLS_SERVICE_NAME": "watch"}
    asked = [sys.executable, "-X", "importtime", "-c", "import boto3, budget_alert.app"]
    done = subprocess.run(asked, env=environ, stderr=subprocess.PIPE, check=True)  # noqa: S603 - our own
    found = re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", done.stderr.decode(), re.MULTILINE)
    spent: dict[str, float] = {}
    for own, module in found:
        spent[module] = spent.get(module, 0.0) + int(own) / 1000
    return spent


def _handlers(address: str, calls: Sequence[Call], folder: Path) -> tuple[Handler, Handler]:
    """Lay out the function and the bare handler, which ships nothing: boto3 and urllib3 are the runtime's."""
    bare = folder / "bare"
    bare.mkdir()
    shutil.copy(_BARE, bare / "bare.py")
    compileall.compile_dir(bare, quiet=2)
    asked = json.dumps([_bare(address, call) for call in calls])
    # Whatever is imported besides has its bytecode, as in Lambda's runtime.
    more = {"PYTHONDONTWRITEBYTECODE": "1", "BARE_CALLS": asked}
    return (
        Handler("budget_alert.app.lambda_handler", environment(address, staged(folder / "ours")) | more),
        Handler("bare.lambda_handler", environment(address, bare) | more),
    )


def _bare(address: str, call: Call) -> tuple[str, str, Mapping[str, object]]:
    if call.service == "Poe":
        headers = {"Authorization": f"Bearer {KEY}", "Accept": "application/json", "Accept-Encoding": "gzip"}
        return "poe", address + call.operation, headers
    operation = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", call.operation).lower()
    return _CLIENTS[call.service], operation, call.parameters


def staged(into: Path) -> Path:
    """Copy the handler and the packages that it pins, as they are installed here, with their bytecode."""
    handler = ROOT / "handler"
    shutil.copytree(handler, into, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    pins = (handler / "requirements.txt").read_text(encoding="utf-8")
    for name in re.findall(r"^([\w.-]+)==", pins, re.MULTILINE):
        for file in distribution(name).files or ():
            inside = ".." not in file.parts and file.suffix != ".pyc"
            if inside and (source := Path(str(file.locate()))).is_file():
                (into / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, into / file)
    compileall.compile_dir(into, quiet=2)
    return into


def invoked(handler: Handler) -> tuple[float, float]:
    """Start a function, let it answer once and end it; raises RuntimeError where it failed.

    Give the seconds from the start of the process to its answer, and its seconds of CPU.
    """
    begun = perf_counter()
    with _through(handler, SECONDS) as (process, (at, said)):
        process.kill()
        _, _, used = os.wait4(process.pid, 0)
        # It is waited for here, to learn what it used: say so to who would wait for it again.
        process.returncode = 0
    # What is left are /init/error and the invocation's /error.
    if said.path != f"{_API}/invocation/one/response":
        raise RuntimeError(f"{handler.name} failed: {said.body.decode()}")
    return at - begun, used.ru_utime + used.ru_stime


def instructions(handler: Handler) -> int:
    """Count the instructions of one invocation, its start included, with valgrind's callgrind."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind"
        valgrind = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={out}")
        with _through(handler, PATIENCE_SECONDS, *valgrind) as (process, _):
            # A polite end: callgrind writes down what it counted.
            process.terminate()
            process.wait()
        profile = out.read_text(encoding="utf-8")
        return int(re.findall(r"^(?:totals|summary): (\d+)", profile, re.MULTILINE)[0])


@contextmanager
def _through(
    handler: Handler, seconds: float, *under: str
) -> Iterator[tuple[subprocess.Popen[bytes], tuple[float, Asked]]]:
    """Run a function, under another program if need be, until it is through; give it with its outcome."""
    api = RuntimeApi(seconds, handler.event)
    with serving(api.answer) as address:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [*under, sys.executable, "-m", "awslambdaric", handler.name],
            env={**handler.environ, "AWS_LAMBDA_RUNTIME_API": address.removeprefix("http://")},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            outcome = api.outcome.get(timeout=seconds)
            api.idle.wait(seconds)
            yield process, outcome
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
