"""Tests of what `sam build` ships."""

import io
import zipfile
from pathlib import Path

import pytest

from tests.support import sam
from tests.support.aws import LocalAws

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("e2e-build")]

SHIPPED = {
    "aws_lambda_powertools",
    "budget_alert",
    "jmespath",
    "msgspec",
    "typing_extensions.py",
    "tzdata",
    "urllib3",
}
# The second processor's wheels are 0.2 MB of it.
LIMIT = 4_200_000
UNCHECKED = (1).to_bytes(4, "little")
"""The flags of bytecode that no source is compared with: https://peps.python.org/pep-0552/."""
# Lambda's processors: what Python calls them, and what a compiled file's header does (its e_machine).
PROCESSORS = {"arm64": ("aarch64", 183), "x86_64": ("x86_64", 62)}


@pytest.fixture
def package(built: Path) -> Path:
    """Give the folder that becomes the function's package."""
    return built / ".aws-sam" / "build" / "Function"


@pytest.mark.parametrize("template", [sam.TEMPLATE, sam.NESTED], ids=lambda path: path.name)
def test_the_sam_cli_finds_nothing(local_aws: LocalAws, template: Path) -> None:
    """`sam validate --lint` calls the template valid, and the one that it nests."""
    assert "is a valid SAM Template" in sam.validate(template, local_aws.environment)


def test_only_what_runs_is_shipped(package: Path) -> None:
    """The package holds the function and its dependencies: no boto3, no tests, no command line."""
    names = {one.name for one in package.iterdir()} - {"__pycache__"}
    assert {name for name in names if not name.endswith((".dist-info", ".data"))} == SHIPPED
    shipped, sources = (
        {one.name for one in folder.iterdir()} - {"__pycache__"}
        for folder in (package / "budget_alert", sam.SOURCE)
    )
    assert shipped == sources


@pytest.mark.parametrize(("name", "machine"), PROCESSORS.values(), ids=PROCESSORS)
def test_the_package_runs_on_either_processor(package: Path, name: str, machine: int) -> None:
    """Each compiled module is there for each processor, under the name by which Python there finds it."""
    compiled = list(package.rglob("*.so"))
    modules = {one.with_name(one.name.partition(".")[0]) for one in compiled}
    assert modules
    for module in modules:
        found = module.with_name(f"{module.name}.cpython-313-{name}-linux-gnu.so")
        assert int.from_bytes(found.read_bytes()[18:20], "little") == machine
    assert len(compiled) == len(modules) * len(PROCESSORS)


def test_the_package_brings_its_bytecode(package: Path) -> None:
    """It is that of Lambda's Python alone, and valid whenever the files beside it were last touched."""
    assert not [one for one in package.rglob("*.pyc") if ".cpython-313." not in one.name]
    for source in package.rglob("*.py"):
        compiled = source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"
        assert compiled.read_bytes()[4:8] == UNCHECKED, source


def test_the_package_is_small(package: Path) -> None:
    """Zipped, the package stays under 4.2 MB: a cold start loads all of it."""
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in package.rglob("*"):
            archive.write(file, file.relative_to(package))
    assert len(zipped.getvalue()) < LIMIT
