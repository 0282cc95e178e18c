"""A config put in force in a deployed stack, and put out of force again."""

import sys
from io import StringIO

import click
import pytest
from moto.core.exceptions import JsonRESTError

from poe_budget.cli.push import Pushed
from tests.cli.running import one_line
from tests.cli.watched import Watched
from tests.support.world import MONTH

HIGHER = MONTH.replace("1_000", "2_000")


class Terminal(StringIO):
    """A person who types an answer."""

    def isatty(self) -> bool:
        """Say that somebody is there."""
        return True


def pushed(watch: Watched, text: str) -> Pushed:
    """Put a config in force."""
    found: Pushed = watch.report(Pushed, "push", watch.config(text), "--yes")
    return found


def rolled_back(watch: Watched, *arguments: object) -> Pushed:
    """Roll back."""
    found: Pushed = watch.report(Pushed, "rollback", *arguments, "--yes")
    return found


def exists(watch: Watched) -> bool:
    """Tell whether there is a parameter."""
    return bool(watch.world.ssm.describe_parameters()["Parameters"])


def test_the_next_tick_goes_by_a_pushed_config(watch: Watched) -> None:
    """What is pushed is in the parameter word for word, and the next tick judges by it."""
    watch.tick(0)
    watch.tick(300)
    watch.world.told()
    text = "# Ünïcode\n" + MONTH.replace("1_000", "600")
    assert pushed(watch, text).written
    assert watch.newest() == text
    watch.tick()
    assert watch.world.told() == [("budget", "Everything", 300)]


def test_before_the_first_tick(watch: Watched) -> None:
    """A config can be in place before the function has ever run."""
    assert pushed(watch, MONTH).version == 1
    watch.tick(10)
    assert [kind for kind, *_ in watch.world.told()] == ["welcome"]


def test_what_is_shown_for_people(watch: Watched) -> None:
    """First the difference, then what is in force now, and the command that restores what was before."""
    watch.tick(1)
    ended = watch.run("push", watch.config(MONTH), "--yes")
    assert ended.out.splitlines()[-1] == (
        "The next tick goes by version 1 of /watch/budgets. Before it was the stack's own first budget: "
        "`poe-budget rollback --stack watch --to default` restores that."
    )
    again = watch.run("push", watch.config(MONTH), "--yes")
    assert "is what is in force" in again.out
    assert "The next tick goes by" not in again.out
    same = pushed(watch, MONTH)
    assert (same.written, same.version, same.before) == (False, 1, 1)
    ended = watch.run("push", watch.config(HIGHER), "--yes")
    assert "~ budget Everything: " in ended.out
    assert ended.out.endswith("`poe-budget rollback --stack watch --to 1` restores that.\n")


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("\n", False), ("n\n", False)])
def test_a_person_is_asked(
    watch: Watched, monkeypatch: pytest.MonkeyPatch, answer: str, *, written: bool
) -> None:
    """Without --yes it is asked first, and only a yes goes on."""
    monkeypatch.setattr(sys, "stdin", Terminal(answer))
    ended = watch.run("push", watch.config(MONTH))
    assert "Put it in force? [y/N]" in ended.err
    assert (ended.status, exists(watch)) == (0, True) if written else (1, False)
    assert ("Nothing is changed." in ended.err) != written


@pytest.mark.parametrize("json", [True, False])
def test_nobody_to_ask(watch: Watched, monkeypatch: pytest.MonkeyPatch, *, json: bool) -> None:
    """A script must say --yes, and so must who wants JSON: the question would be no part of that."""
    monkeypatch.setattr(sys, "stdin", Terminal("y\n") if json else StringIO("y\n"))
    ended = watch.run("push", watch.config(MONTH), *(["--json"] if json else []))
    assert ended.status == 2
    assert "there is nobody to ask whether to go on: add --yes" in one_line(ended)
    assert not exists(watch)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (MONTH.replace("1_000", "1_000_000").replace('"50%"', "50"), 'did you mean "50%"?'),
        (MONTH + "# {{x}}", "AWS keeps no parameter with {{ or }} in it"),
    ],
)
def test_a_config_that_is_refused(watch: Watched, text: str, words: str) -> None:
    """Nothing is written of what is wrong or hardly meant, or what AWS would take for another parameter."""
    watch.tick(1)
    ended = watch.run("push", watch.config(text), "--yes")
    assert ended.status == 1
    assert words in " ".join((ended.out + ended.err).split())
    assert not exists(watch)


def test_a_large_config_costs(watch: Watched) -> None:
    """Above 4 KB it is an advanced parameter, and its price is said beforehand."""
    watch.tick(1)
    ended = watch.run("push", watch.config(MONTH + "#" * 4096), "--yes")
    assert ended.status == 0
    assert "above 4,096 AWS takes about $0.05 a month" in ended.err
    (parameter,) = watch.world.ssm.describe_parameters()["Parameters"]
    assert parameter["Tier"] == "Intelligent-Tiering"
    assert "$0.05" not in watch.run("push", watch.config(MONTH), "--yes").err


def test_somebody_else_writes_meanwhile(watch: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """A version that came in between is pointed out: it is in force no more."""
    watch.tick(1)
    watch.world.configure(MONTH)

    def asked(*_: object, **__: object) -> bool:
        watch.world.configure(MONTH.replace("1_000", "3"))
        return True

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(click, "confirm", asked)
    ended = watch.run("push", watch.config(HIGHER))
    assert "The next tick goes by version 3" in ended.out
    assert "somebody else has written version 2 meanwhile" in ended.err


def test_back_to_the_version_before_and_forth_again(watch: Watched) -> None:
    """A rollback makes what was before a new version, and so can be rolled back itself."""
    watch.tick(1)
    pushed(watch, MONTH)
    pushed(watch, HIGHER)
    back = rolled_back(watch)
    assert (back.version, back.before, back.diff.file) == (3, 2, "version 1 of /watch/budgets")
    assert watch.newest() == MONTH
    rolled_back(watch)
    assert watch.newest() == HIGHER
    assert rolled_back(watch, "--to", "1").version == 5
    assert watch.newest() == MONTH


@pytest.mark.parametrize("to", [[], ["--to", "default"]])
def test_back_to_the_stacks_own_first_budget(watch: Watched, to: list[str]) -> None:
    """Before the first version was the stack's own budget; it becomes a version, and none is lost."""
    watch.tick(1)
    pushed(watch, HIGHER)
    ended = watch.run("rollback", *to, "--yes")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.endswith(
        "The next tick goes by version 2 of /watch/budgets. Before it was version 1 of /watch/budgets: "
        "`poe-budget rollback --stack watch --to 1` restores that.\n"
    )
    assert watch.newest() == MONTH
    assert rolled_back(watch).version == 3
    assert watch.newest() == HIGHER


def test_nothing_to_roll_back(watch: Watched) -> None:
    """Before the first push there is nothing to go back to."""
    watch.tick(1)
    ended = watch.run("rollback", "--yes")
    assert ended.status == 2
    assert "there is nothing to roll back: the stack's own first budget is in force" in one_line(ended)
    assert not exists(watch)


def test_versions_that_cannot_be_restored(watch: Watched) -> None:
    """One that never was, or is kept no more, and one with mistakes; nothing is written, whoever is asked."""
    watch.tick(1)
    watch.world.configure("nonsense")
    pushed(watch, MONTH)
    for words, to in (
        ("/watch/budgets has no version 7, and AWS keeps the last 100 only", ["--to", "7"]),
        ("version 1 of /watch/budgets cannot be put in force: line 1", []),
    ):
        ended = watch.run("rollback", *to, "--yes")
        assert ended.status == 1
        assert words in one_line(ended)
    assert watch.run("rollback").status == 2
    assert watch.newest() == MONTH


def test_aws_refuses_the_parameter(watch: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parameter that AWS does not show is one line, and nothing is taken for the default."""
    watch.tick(1)
    monkeypatch.setattr("moto.ssm.responses.SimpleSystemManagerResponse.get_parameter", _denied)
    ended = watch.run("status")
    assert ended.status == 1
    assert "AWS did not read the parameter /watch/budgets (AccessDeniedException): sign in" in one_line(ended)


def _denied(*_: object) -> None:
    raise JsonRESTError("AccessDeniedException", "no")
