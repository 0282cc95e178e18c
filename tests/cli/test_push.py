"""A config put in force in a deployed stack, and put out of force again."""

import sys
from io import StringIO

import click
import pytest
from moto.core.exceptions import JsonRESTError

from poe_budget.cli.push import Pushed
from tests.cli.monitor import Monitor
from tests.cli.running import one_line
from tests.support.world import MONTH

HIGHER = MONTH.replace("1_000", "2_000")


class Terminal(StringIO):
    """A person who types an answer."""

    def isatty(self) -> bool:
        """Say that somebody is there."""
        return True


def exists(monitor: Monitor) -> bool:
    """Tell whether there is a parameter."""
    return bool(monitor.world.ssm.describe_parameters()["Parameters"])


def test_the_next_tick_goes_by_a_pushed_config(monitor: Monitor) -> None:
    """What is pushed is in the parameter word for word, and the next tick goes by it."""
    monitor.tick(0)
    monitor.tick(300)
    monitor.world.sent()
    text = "# Ünïcode\n" + MONTH.replace("1_000", "600")
    assert monitor.run("push", monitor.config(text), "--yes").status == 0
    assert monitor.newest() == text
    monitor.tick()
    assert monitor.world.sent() == [("budget", "Everything", 300)]


def test_before_the_first_tick(monitor: Monitor) -> None:
    """A config can be in place before the function has ever run."""
    assert monitor.run("push", monitor.config(MONTH), "--yes").status == 0
    monitor.tick(10)
    assert [kind for kind, *_ in monitor.world.sent()] == ["welcome"]


def test_push_and_back(monitor: Monitor) -> None:
    """The difference, what is in force now, and the command that restores what was before; and that, too.

    A rollback makes what was before a new version, the stack's own first budget as well, and can be undone.
    """
    monitor.tick(1)
    monitor.shows("rollback", "--yes")
    assert not exists(monitor)
    file = monitor.config(MONTH)
    monitor.shows("push", file, "--yes")
    monitor.shows("push", file, "--yes")
    same = monitor.report(Pushed, "push", file, "--yes")
    assert (same.written, same.version, same.before) == (False, 1, 1)
    monitor.shows("push", monitor.config(HIGHER), "--yes")
    for to, text in ((None, MONTH), (None, HIGHER), (1, MONTH), ("default", MONTH), (2, HIGHER)):
        monitor.shows("rollback", *([] if to is None else ["--to", to]), "--yes")
        assert monitor.newest() == text
    back = monitor.report(Pushed, "rollback", "--yes")
    assert (back.version, back.before, back.diff.file) == (8, 7, "version 6 of /watch/budgets")


def test_who_is_asked_before_a_push(monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --yes only a person's yes goes on; a script must say --yes, and so must who wants JSON.

    Nothing is written of what is wrong or hardly meant, or what AWS would take for another parameter.
    """
    monitor.tick(1)
    for text in (MONTH.replace("1_000", "1_000_000").replace('"50%"', "50"), MONTH + "# {{x}}"):
        monitor.shows("push", monitor.config(text), "--yes")
    file = monitor.config(MONTH)
    for stdin, arguments in (
        (StringIO("y\n"), []),
        (Terminal("y\n"), ["--json"]),
        (Terminal("\n"), []),
        (Terminal("n\n"), []),
    ):
        monkeypatch.setattr(sys, "stdin", stdin)
        monitor.shows("push", file, *arguments)
        assert not exists(monitor)
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    monitor.shows("push", file)
    assert exists(monitor)


def test_a_large_config_costs(monitor: Monitor) -> None:
    """Above 4 KB it is an advanced parameter, and its price is said beforehand."""
    monitor.tick(1)
    ended = monitor.run("push", monitor.config(MONTH + "#" * 4096), "--yes")
    assert ended.status == 0
    assert "above 4,096 AWS takes about $0.05 a month" in ended.err
    (parameter,) = monitor.world.ssm.describe_parameters()["Parameters"]
    assert parameter["Tier"] == "Intelligent-Tiering"
    assert "$0.05" not in monitor.run("push", monitor.config(MONTH), "--yes").err


def test_somebody_else_writes_meanwhile(monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that came in between is pointed out: it is in force no more."""
    monitor.tick(1)
    monitor.world.configure(MONTH)

    def asked(*_: object, **__: object) -> bool:
        monitor.world.configure(MONTH.replace("1_000", "3"))
        return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(click, "confirm", asked)
    ended = monitor.run("push", monitor.config(HIGHER))
    assert "The next tick goes by version 3" in ended.out
    assert "somebody else has written version 2 meanwhile" in ended.err


def test_back_from_the_first_version(monitor: Monitor) -> None:
    """Before it was the stack's own first budget, which becomes a version."""
    monitor.tick(1)
    monitor.run("push", monitor.config(HIGHER), "--yes")
    monitor.run("rollback", "--yes")
    assert monitor.newest() == MONTH
    monitor.run("rollback", "--yes")
    assert monitor.newest() == HIGHER


def test_versions_that_cannot_be_restored(monitor: Monitor) -> None:
    """One that never was, or is kept no more, and one with mistakes; nothing is written, whoever is asked."""
    monitor.tick(1)
    monitor.world.configure("nonsense")
    monitor.run("push", monitor.config(MONTH), "--yes")
    for words, to in (
        ("/watch/budgets has no version 7, and AWS keeps the last 100 only", ["--to", "7"]),
        ("version 1 of /watch/budgets cannot be put in force: line 1", []),
    ):
        ended = monitor.run("rollback", *to, "--yes")
        assert ended.status == 1
        assert words in one_line(ended)
    assert monitor.run("rollback").status == 2
    assert monitor.newest() == MONTH


def test_aws_refuses_the_parameter(monitor: Monitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parameter that AWS does not show is one line, and nothing is taken for the default."""
    monitor.tick(1)
    monkeypatch.setattr("moto.ssm.responses.SimpleSystemManagerResponse.get_parameter", _denied)
    ended = monitor.run("status")
    assert ended.status == 1
    assert "AWS did not read the parameter /watch/budgets (AccessDeniedException): sign in" in one_line(ended)


def _denied(*_: object) -> None:
    raise JsonRESTError("AccessDeniedException", "no")
