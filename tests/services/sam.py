"""The SAM CLI, as a user runs it: `sam build`, `sam deploy`."""

import json
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.services import tools

SOURCE = tools.ROOT / "handler" / "budget_alert"
TEMPLATE = tools.ROOT / "template.yaml"
NESTED = tools.ROOT / "infra" / "observability.yaml"
COMPILE = "-m compileall -q --invalidation-mode unchecked-hash"
_X86_64 = {"x86_64", "AMD64"}
_DEPLOY = [
    "--resolve-s3",
    "--no-confirm-changeset",
    "--no-progressbar",
    "--no-fail-on-empty-changeset",
    "--capabilities",
    "CAPABILITY_IAM",
    "CAPABILITY_AUTO_EXPAND",
]


def architecture() -> str:
    """Return the name that Lambda gives to this machine's processor."""
    return "x86_64" if platform.machine() in _X86_64 else "arm64"


def validate(template: Path, environment: Mapping[str, str]) -> str:
    """Let the CLI and its linter judge a template, and return what they say."""
    return _sam(environment, tools.ROOT, "validate", "--lint", "--template", str(template))


def build(folder: Path, environment: Mapping[str, str]) -> Path:
    """Build the project's template for this machine into `folder` and return the built template.

    With the bytecode that the README has made beside it.
    """
    built = folder / "build"
    _sam(
        environment,
        folder,
        *("build", "--template", str(TEMPLATE), "--build-dir", str(built)),
        *("--parameter-overrides", f"Architecture={architecture()}"),
    )
    subprocess.run([tools.sam().parent / "python", *COMPILE.split(), built / "Function"], check=True)
    return built / "template.yaml"


def deploy(built: Path, stack: str, parameters: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Deploy the built template under these parameters and return what the command printed."""
    # On the command line the CLI cuts values at quotes; JSON is YAML.
    file = built.parent / "parameters.yaml"
    file.write_text(json.dumps({"Architecture": architecture(), **parameters}))
    return _sam(
        environment,
        built.parent,
        *("deploy", "--template-file", str(built), "--stack-name", stack, *_DEPLOY),
        *("--parameter-overrides", f"file://{file}"),
    )


def _sam(environment: Mapping[str, str], folder: Path, *arguments: str) -> str:
    program = tools.sam()
    ours = {
        # The Python that the function is built for stands beside the CLI.
        "PATH": f"{program.parent}:{environment['PATH']}",
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "0.3",
    }
    done = subprocess.run(
        [program, *arguments],
        cwd=folder,
        env={**environment, **ours},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
