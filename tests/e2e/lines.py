"""The lines of deploying, taken from the page that people follow."""

from tests.readme.pages import blocks, page, section

DEPLOY, _ = blocks("sh", section("## Deploy with the SAM CLI alone", page("deploy")))
BUILD = DEPLOY.splitlines()[0]
(AGAIN,) = blocks("sh", section("## Parameters", page("deploy")))
_, MOVE = blocks("sh", section("## Move to a secret of your own", page("deploy")))


def stacks(name: str, lines: str) -> str:
    """Return lines that are about a stack of that name in place of the page's."""
    return lines.replace("--stack-name poe-budget", f"--stack-name {name}")
