import os
import re
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256

import pytest

from budget_alert.alerts import BudgetAlert, Kind, Severity
from budget_alert.channels.blocks import payload
from budget_alert.channels.mail import body, sms
from poe_budget.preview.account import samples
from poe_budget.preview.document import HEADINGS, clock, messages, page, picture
from standins.slack_receiver import refusal
from tests.support.rendered import Rendered

ANEW = "from poe_budget.preview.document import page, picture; print(page() + picture())"


def test_the_samples_are_what_they_are_called() -> None:
    """No kind is without one; one budget is below its limit and one above; incidents are of several kinds."""
    made = samples()
    assert {alert.kind for alerts in made.values() for alert in alerts} == set(Kind)
    several = {"query": 3, "incident": 4}
    assert {name: len(alerts) for name, alerts in made.items()} == dict.fromkeys(HEADINGS, 1) | several
    assert {alert.kind for alert in made["incident"]} == {Kind.BUDGET, Kind.FORECAST, Kind.SPIKE}
    (below,), (over,) = made["budget"], made["over"]
    assert isinstance(below, BudgetAlert)
    assert isinstance(over, BudgetAlert)
    assert int(below.standing.percent) == 82
    assert (below.severity, over.severity) == (Severity.WARNING, Severity.CRITICAL)
    assert over.standing.points > over.standing.limit


@pytest.mark.parametrize("kind", HEADINGS)
def test_slack_would_take_every_sample(kind: str) -> None:
    """The blocks of each keep Slack's limits."""
    assert refusal(payload(messages()[kind])) is None


def test_the_pages_are_the_same_everywhere() -> None:
    """Another process, with another order of sets, another clock and another language, renders the same."""
    elsewhere = {**os.environ, "PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    elsewhere["PYTHONPATH"] = os.pathsep.join(sys.path)
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", ANEW], capture_output=True, check=True, env=elsewhere
    )
    assert sha256(done.stdout.rstrip()).digest() == sha256((page() + picture()).rstrip().encode()).digest()


def test_the_page_shows_every_message() -> None:
    """Every kind has its place, which the top leads to, with the message, the mail and the SMS."""
    rendered = Rendered(page())
    assert [name for name in rendered.all("id") if name] == list(HEADINGS)
    assert [href for href in rendered.all("href") if href.startswith("#")] == [
        f"#{kind}" for kind in HEADINGS
    ]
    for kind, message in messages().items():
        for words in (HEADINGS[kind], body(message), sms(message), f"APP{clock(message)}"):
            assert words in rendered.text


@pytest.mark.parametrize("make", [page, picture])
def test_pages_load_nothing(make: Callable[[], str]) -> None:
    """A page is one file: no script, no picture, no font and no style comes from elsewhere."""
    html = make()
    rendered = Rendered(html)
    assert not {"script", "link", "img", "iframe", "object"} & set(rendered.tags)
    assert not rendered.all("src")
    assert not re.search(r"@import|url\(|@font-face", html)


def test_the_picture_is_of_slack_alone() -> None:
    """The README's picture shows the budget's message, and no mail."""
    rendered = Rendered(picture())
    assert messages()["budget"].title in rendered.text
    assert "mail" not in rendered.all("class")
    assert clock(messages()["budget"]) == "10:15"  # of the account's own zone
