"""Pages for a browser, from the templates in this package: each is one file that loads nothing else."""

from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

TEMPLATES = files(__package__) / "templates"


def render(template: str, **values: object) -> str:
    """Fill in a template; whatever the values hold is shown as text."""
    return _environment().get_template(template).render(values)


def source(name: str) -> str:
    """Give a file beside the templates as it is."""
    return (TEMPLATES / name).read_text(encoding="utf-8")


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader(__package__ or ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.policies["json.dumps_kwargs"] = _COMPACT
    return made


_COMPACT: dict[str, Any] = {"separators": (",", ":"), "ensure_ascii": False}
