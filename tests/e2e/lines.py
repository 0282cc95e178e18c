"""The README's own lines of deploying, taken from the page."""

from tests.readme.pages import blocks, section

DEPLOY, _ = blocks("sh", section("## Deploy in five minutes"))
BUILD = DEPLOY.splitlines()[0]
(AGAIN,) = blocks("sh", section("### Parameters"))
(MOVE,) = blocks("sh", section("### Move to a secret of your own"))


def stacks(name: str, lines: str) -> str:
    """Return lines that are about a stack of that name in place of the page's."""
    return lines.replace("--stack-name poe-budget", f"--stack-name {name}")
