"""What a deployment ships, laid out in a folder; and beside it the bare handler, alone."""

import compileall
import re
import shutil
from importlib.metadata import distribution
from pathlib import Path

BARE = Path(__file__).with_name("bare.py")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


def staged(handler: Path, into: Path, *, compiled: bool) -> Path:
    """Copy the handler and the packages that it pins, as they are installed here; `compiled` to bytecode.

    Lambda's folder cannot be written: without the bytecode that the build makes, every cold start compiles.
    """
    shutil.copytree(handler, into, ignore=_LEFT_OUT)
    for line in (handler / "requirements.txt").read_text(encoding="utf-8").splitlines():
        _copy(re.split(r"[=<>!~;\[ ]", line)[0], into)
    return _finished(into, compiled=compiled)


def staged_bare(into: Path, *, compiled: bool) -> Path:
    """Copy the bare handler; it ships nothing else, for boto3 and urllib3 come with the runtime."""
    into.mkdir()
    shutil.copy(BARE, into / "bare.py")
    return _finished(into, compiled=compiled)


def _copy(package: str, into: Path) -> None:
    for file in distribution(package).files or ():
        inside = ".." not in file.parts and file.suffix != ".pyc"
        if inside and (source := Path(str(file.locate()))).is_file():
            target = into / file
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)


def _finished(into: Path, *, compiled: bool) -> Path:
    if compiled:
        compileall.compile_dir(into, quiet=2)
    return into
