"""`make -C infra release`: the files of a release in dist/. With a tag, only where it names this release.

They are the wheel, the function, packed, and a template that deploys it without a clone; all are the same
bytes whenever they are built.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import yaml
from samtranslator.yaml_helper import yaml_parse

from budget_alert import __version__
from lab.folding import folded

ROOT = Path(__file__).parents[2]
DIST = ROOT / "dist"
FUNCTION, TEMPLATE, SUMS = "function.zip", "template.yaml", "SHA256SUMS"
# What is packed bears one date, whenever it is built: the one that hatchling gives by itself.
_DATE = (2020, 2, 2, 0, 0, 0)
_REGULAR_FILE = 0o100644 << 16
_UNIX = 3
_NAME = "poe-budget-alert"
_HEADING = re.compile(rf"^## {re.escape(__version__)} \(\d{{4}}-\d\d-\d\d\)$", re.MULTILINE)


def main(tag: str = "") -> None:
    """Build them anew; ends with words where the tag or the changelog speaks of another release."""
    if tag not in {"", f"v{__version__}"}:
        sys.exit(f"The tag {tag} is not that of this release, v{__version__}.")
    changelog = ROOT / "infra" / "docs" / "changelog.md"
    if tag and not _HEADING.search(changelog.read_text(encoding="utf-8")):
        sys.exit(
            f"infra/docs/changelog.md has no heading `## {__version__} (YYYY-MM-DD)`: write the day there."
        )
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    build(DIST)
    sys.stdout.write((DIST / SUMS).read_text(encoding="utf-8"))


def build(into: Path) -> None:
    """Write all files of a release into an empty folder, with their hashes; a registry gives its wheels."""
    wheel(into)
    package(into / FUNCTION)
    shutil.copy(ROOT / "LICENSE", into)
    (into / TEMPLATE).write_text(template(), encoding="utf-8")
    files = sorted(path for path in into.iterdir() if path.name != SUMS)
    (into / SUMS).write_text("".join(f"{_hash(path)}  {path.name}\n" for path in files), encoding="utf-8")


def wheel(into: Path) -> None:
    """Build what people install."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(into)]
    fixed = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    subprocess.run(command, cwd=ROOT, env=fixed, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - ours


def package(file: Path) -> None:
    """Build what runs in Lambda, on either processor, as `sam build` does, and pack it."""
    work = file.with_suffix(".build")
    shutil.copytree(ROOT / "handler", work / "source", ignore=shutil.ignore_patterns("__pycache__"))
    built = work / "built"
    built.mkdir()
    # The Python of Lambda stands beside the one that runs this, in the environment that `make` has made.
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    make = ["make", "--silent", "-C", str(work / "source"), "build-Function", f"ARTIFACTS_DIR={built}"]
    subprocess.run(make, env={**os.environ, "PATH": path}, check=True)  # noqa: S603 - ours
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for each in sorted(path for path in built.rglob("*") if path.is_file()):
            archive.writestr(_entry(each.relative_to(built).as_posix()), each.read_bytes())
    shutil.rmtree(work)


def template() -> str:
    """Give the one template that deploys the package beside it, and says of itself what a repository asks."""
    outer = yaml_parse((ROOT / TEMPLATE).read_text(encoding="utf-8"))
    nested = yaml_parse((ROOT / "infra" / "observability.yaml").read_text(encoding="utf-8"))
    whole = folded(outer, nested, "Observability")
    whole["Metadata"]["AWS::ServerlessRepo::Application"] = _application(whole["Description"])
    for resource in whole["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = FUNCTION
            del resource["Metadata"]
    return yaml.dump(whole, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _application(description: str) -> Mapping[str, Any]:
    return {
        "Name": _NAME,
        "Description": description,
        "Author": _NAME,
        "SpdxLicenseId": "MIT",
        "LicenseUrl": "LICENSE",
        "Labels": ["poe", "budget", "alerts", "slack"],
        "SemanticVersion": __version__,
    }


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _DATE)
    entry.compress_type, entry.external_attr, entry.create_system = ZIP_DEFLATED, _REGULAR_FILE, _UNIX
    return entry


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


class _Dumper(yaml.SafeDumper):
    """Writes YAML for people: texts of many lines as they are, and no aliases."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - as yaml calls it
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


if __name__ == "__main__":
    main(*sys.argv[1:])
