"""What a release ships: built twice it is the same, and its one template deploys what a clone's two do."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from cfnlint.api import lint_file
from samtranslator.yaml_helper import yaml_parse

from budget_alert import __version__
from lab import release as releasing
from lab.folding import folded
from tests.stack.deployed import NESTED, TEMPLATE, USUAL, Deployed, Resolved, source, translated
from tests.support import tools

pytestmark = pytest.mark.xdist_group("release")

FANNED = {"FanOut": "true", "ExistingSecretArn": "an-arn"}


@pytest.fixture(scope="module")
def _python() -> Iterator[None]:
    """Let the Python that the function is built with be found: it stands beside the SAM CLI."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("PATH", str(tools.sam().parent), prepend=os.pathsep)
        yield


@pytest.fixture(scope="module")
def release(_python: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a release, built once for all."""
    folder = tmp_path_factory.mktemp("release")
    releasing.build(folder)
    return folder


@pytest.fixture
def careful() -> Iterator[None]:
    """Let files be made for their owner only, as some machines do."""
    kept = os.umask(0o077)
    yield
    os.umask(kept)


@pytest.mark.usefixtures("_python", "careful")
def test_a_release_built_again_is_the_same_bytes(release: Path, tmp_path: Path) -> None:
    """Everything can be compared by its hash, which stands beside it."""
    releasing.build(tmp_path)
    names = {"LICENSE", releasing.FUNCTION, releasing.SUMS, releasing.TEMPLATE}
    names.add(f"poe_budget_alert-{__version__}-py3-none-any.whl")
    assert {path.name for path in release.iterdir()} == names
    assert [name for name in names if (tmp_path / name).read_bytes() != (release / name).read_bytes()] == []
    for line in (release / releasing.SUMS).read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((release / name).read_bytes()).hexdigest() == digest
        names.remove(name)
    assert names == {releasing.SUMS}


def test_the_package_holds_the_function_of_this_release(release: Path) -> None:
    """Its sources are those of the repository."""
    with ZipFile(release / releasing.FUNCTION) as archive:
        for name in ("budget_alert/app.py", "budget_alert/__init__.py"):
            assert archive.read(name) == (tools.ROOT / "handler" / name).read_bytes()


@pytest.mark.parametrize("parameters", [USUAL, FANNED], ids=["usual", "fanned"])
def test_one_template_deploys_what_the_two_do(tmp_path: Path, parameters: dict[str, str]) -> None:
    """The same resources with the same properties, and the same outputs, whatever the parameters."""
    file = tmp_path / "template.yaml"
    file.write_text(releasing.template(), encoding="utf-8")
    whole, outer = Resolved(translated(file), parameters), Deployed(**parameters)
    inner = outer.observability()
    names = outer.resources().keys() - {"Observability"}
    assert whole.resources().keys() == names | inner.resources().keys()
    # A new version of a function is named after its package.
    for name in {each for each in names if not each.startswith("FunctionVersion")}:
        assert whole.properties(name) == outer.properties(name)
    for name in inner.resources():
        assert whole.properties(name) == inner.properties(name)
    assert whole.outputs() == {**outer.outputs(), **inner.outputs()}


def test_one_template_is_in_order_and_says_what_a_repository_asks(tmp_path: Path) -> None:
    """The linter finds nothing in it, and it bears its name, licence and version."""
    file = tmp_path / "template.yaml"
    file.write_text(releasing.template(), encoding="utf-8")
    assert lint_file(file) == []
    said = source(file)["Metadata"]["AWS::ServerlessRepo::Application"]
    assert {"Name", "Description", "Author", "SpdxLicenseId", "LicenseUrl"} <= said.keys()
    assert said["SemanticVersion"] == __version__


def test_two_templates_that_clash_are_not_folded() -> None:
    """One name for two things in both is refused, with its place."""
    outer, nested = (yaml_parse(file.read_text(encoding="utf-8")) for file in (TEMPLATE, NESTED))
    clash: dict[str, Any] = {**nested, "Mappings": {**nested["Mappings"], "Console": {}}}
    with pytest.raises(ValueError, match="Console in their Mappings"):
        folded(outer, clash, "Observability")


def test_a_tag_of_another_release_builds_nothing() -> None:
    """Tag, version and changelog are of one release."""
    with pytest.raises(SystemExit, match=r"v0\.0\.1 is not that of this release"):
        releasing.main("v0.0.1")
