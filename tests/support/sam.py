"""The SAM CLI, as a user runs it in a clone: `sam build`, `sam deploy`."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.support import tools

SOURCE = tools.ROOT / "handler" / "budget_alert"
TEMPLATE = tools.ROOT / "template.yaml"
NESTED = tools.ROOT / "infra" / "observability.yaml"
_DEPLOY = [
    "--resolve-s3",
    "--no-confirm-changeset",
    "--no-progressbar",
    "--no-fail-on-empty-changeset",
    "--capabilities",
    "CAPABILITY_IAM",
    "CAPABILITY_AUTO_EXPAND",
]


def validate(template: Path, environment: Mapping[str, str]) -> str:
    """Let the CLI and its linter judge a template, and return what they say."""
    return _run(["sam", "validate", "--lint", "--template", str(template)], tools.ROOT, environment)


def clone(folder: Path) -> Path:
    """Copy into `folder` what is deployed, so that nothing is built in the repository, and return it."""
    shutil.copytree(tools.ROOT / "handler", folder / "handler")
    shutil.copy(TEMPLATE, folder)
    (folder / "infra").mkdir()
    shutil.copy(NESTED, folder / "infra")
    return folder


def run_lines(lines: str, clone: Path, environment: Mapping[str, str], typed: str = "") -> str:
    """Run lines of shell in a clone, as one who types `typed` where they ask, and return what they print."""
    return _run(["bash", "-ec", lines], clone, environment, typed)


def deploy(clone: Path, stack: str, parameters: Mapping[str, str], environment: Mapping[str, str]) -> str:
    """Deploy what was built in a clone under these parameters and return what the command printed."""
    # On the command line the CLI cuts values at quotes; JSON is YAML.
    file = clone / "parameters.yaml"
    file.write_text(json.dumps(parameters))
    command = ["sam", "deploy", "--stack-name", stack, *_DEPLOY, "--parameter-overrides", f"file://{file}"]
    return _run(command, clone, environment)


def settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what an environment needs for the CLI: the Python that builds the function stands beside it."""
    path = f"{tools.sam().parent}:{environment['PATH']}"
    return {"PATH": path, "SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.3"}


def _run(command: list[str], folder: Path, environment: Mapping[str, str], typed: str = "") -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**environment, **settings(environment)},
        input=typed,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
