"""What another config would change in a deployed stack."""

import pytest

from budget_alert.config.reading import parse
from poe_budget.cli.diff import Diff, How, changes
from tests.cli.running import KEY
from tests.cli.watched import Watched
from tests.support.configs import BALANCE, DIGEST, GOOD, QUERY, SPIKE
from tests.support.world import MONTH

USUAL = "4 times as much as usual at this time"
OF_ALL = "of all usage per calendar month in UTC"


def diff(watch: Watched, text: str, *arguments: object, **environ: str) -> Diff:
    """Give the difference as programs get it."""
    found: Diff = watch.report(Diff, "diff", watch.config(text), *arguments, **environ)
    return found


def lines(watch: Watched, text: str) -> list[str]:
    """Give the lines that a difference prints, without the file's name at their beginning."""
    file = watch.config(text)
    ended = watch.run("diff", file)
    assert ended.status == 0, ended
    first, *rest = ended.out.splitlines()
    return [first.removeprefix(f"{file} "), *rest]


def test_what_comes_and_goes_and_changes(watch: Watched) -> None:
    """Each rule that does not stay is said in words, with what it meant, and whether it starts afresh."""
    watch.world.configure(MONTH + QUERY + SPIKE)
    watch.tick(600)
    new = MONTH.replace("1_000", "2_000") + QUERY + 'bots = ["x"]\n' + BALANCE
    assert lines(watch, new) == [
        "against version 1 of /watch/budgets:",
        f"- spike S: alerts you when 1 hour took {USUAL}, and at least 20,000 points.",
        f"~ budget Everything: alerts you at 1,000, 1,600 and 2,000 points {OF_ALL}.",
        f"    Until now it alerts you at 500, 800 and 1,000 points {OF_ALL}.",
        "    It keeps what was sent.",
        "~ query Q: alerts you of each query of 50,000 points or more, of usage by bots named x.",
        "    Until now it alerts you of each query of 50,000 points or more, of all usage.",
        "    It starts afresh: what it has passed already is said once, as information.",
        "+ balance B: alerts you when fewer than 100,000 points are left.",
        "To be sent once more, when it is reached:",
        "- Everything: 50 %, which is now 1,000 points",
        "With it, the next tick would send nothing of what is counted by now.",
    ]


def test_what_the_next_tick_would_tell_it_then_tells(watch: Watched) -> None:
    """What is said of a lowered limit and a new rule is what the tick after it sends; nothing is written."""
    watch.tick(0)
    watch.tick(600)
    new = MONTH.replace("1_000", "500") + GOOD.replace("1_000", "100")
    found = diff(watch, new)
    assert [(one.kind, one.rule, one.severity) for one in found.coming] == [
        ("budget", "Everything", "critical"),
        ("budget", "A", "info"),
    ]
    assert found.coming[0].words.startswith("120 % of your monthly budget “Everything” is used")
    before = watch.world.items()
    assert lines(watch, new)[-1].startswith("- info: New or changed: 600 % of your monthly budget “A”")
    assert watch.world.items() == before
    watch.world.told()
    watch.world.configure(new)
    watch.tick()
    assert {rule for _, rule, _ in watch.world.told()} == {"Everything", "A"}


def test_the_same_config(watch: Watched) -> None:
    """The text in force, and another text that means the same, are each said to be that."""
    watch.world.configure(MONTH)
    watch.tick(1)
    assert lines(watch, MONTH)[0] == "is what is in force: version 1 of /watch/budgets."
    assert lines(watch, "# mine\n" + MONTH)[0] == "means the same as version 1 of /watch/budgets."
    assert [diff(watch, text).same for text in (MONTH, "# mine\n" + MONTH)] == [True, False]


def test_what_is_said_of_small_changes(watch: Watched) -> None:
    """A threshold spelled in another way, another zone, and a name that would turn the text around."""
    watch.tick(1)
    spelled = lines(watch, MONTH.replace('"80%"', "800"))
    assert spelled[1].startswith("~ budget Everything: alerts you at 500, 800 and 1,000 points")
    assert spelled[2] == "    It keeps what was sent."
    moved = lines(watch, 'timezone = "Europe/Paris"\n' + MONTH)
    assert moved[1] == "~ Times are those in Paris; until now times are those in UTC."
    assert moved[4].strip().startswith("It starts afresh")
    hostile = "\n".join(lines(watch, MONTH.replace("Everything", r"[red]\u202ex")))
    assert "+ budget [red]x: alerts you" in hostile
    assert "\u202e" not in hostile


def test_a_threshold_of_a_forecast_is_told_once_more(watch: Watched) -> None:
    """A foretold threshold that moves up can be foretold once more."""
    new = MONTH + 'forecast_at = ["100%"]\n'
    watch.world.configure(new)
    for _ in range(24 * 14):
        watch.world.spend(2, watch.world.later(hours=1))
    watch.tick(1)
    found = diff(watch, new.replace("1_000", "100_000"))
    again = [(one.threshold, one.points, one.forecast) for one in found.rearmed]
    assert again == [("50%", 50_000, False), ("100%", 100_000, True)]
    assert "- Everything: 100 % as a forecast, which is now 100,000 points" in lines(
        watch, new.replace("1_000", "100_000")
    )


def test_a_config_in_place_of_a_bad_one(watch: Watched) -> None:
    """While the newest config has mistakes, the last good one is compared, and that it is mended is told."""
    watch.world.configure(MONTH)
    watch.tick(1)
    watch.world.configure("nonsense")
    watch.tick(1)
    found = diff(watch, MONTH)
    assert not found.same
    assert found.against == "the last good config, for version 2 of /watch/budgets has mistakes"
    assert [one.words for one in found.coming] == ["The config is in order again and in force"]


def test_against_no_config_at_all(watch: Watched) -> None:
    """Where no usable config is in force, every rule is new."""
    watch.world.configure("nonsense")
    found = diff(watch, MONTH)
    assert (found.setting_before, [one.how for one in found.changes]) == (None, [How.ADDED])
    assert lines(watch, MONTH)[1] == "~ Times are those in UTC."


@pytest.mark.parametrize(
    ("arguments", "environ", "told", "noted"),
    [
        ([], {}, [], True),
        (["--ask-poe"], {}, ["B"], False),
        ([], {"POE_API_KEY": KEY}, ["B"], False),
    ],
)
def test_balance_rules_go_by_what_poe_says(
    watch: Watched, arguments: list[str], environ: dict[str, str], told: list[str], *, noted: bool
) -> None:
    """They are judged where Poe is asked; where it is not, a note says that they are left out."""
    watch.world.poe.account.points = 50_000
    watch.tick(1)
    file = watch.config(MONTH + BALANCE)
    ended = watch.run("diff", file, *arguments, **environ)
    assert ("balance rules are left out" in ended.err) == noted
    assert [one.rule for one in diff(watch, MONTH + BALANCE, *arguments, **environ).coming] == told


SUM = "together = true\n"
PROD = 'accounts = ["prod*"]\n'


@pytest.mark.parametrize(
    ("old", "new", "how", "of_several"),
    [
        (DIGEST, DIGEST.replace("week", "day"), How.CHANGED, How.CHANGED),
        (BALANCE, BALANCE.replace("100_000", "5"), How.CHANGED, How.CHANGED),
        (SPIKE, SPIKE.replace("20_000", "5"), How.CHANGED, How.CHANGED),
        (SPIKE, SPIKE.replace("1h", "2h"), How.AFRESH, How.AFRESH),
        (GOOD, GOOD.replace("month", "week"), How.AFRESH, How.AFRESH),
        (GOOD, GOOD + SUM, How.CHANGED, How.AFRESH),
        (GOOD + SUM, GOOD, How.CHANGED, How.AFRESH),
        (SPIKE, SPIKE + SUM, How.CHANGED, How.AFRESH),
        (GOOD + SUM, GOOD + SUM + PROD, How.CHANGED, How.AFRESH),
        (GOOD, GOOD + PROD, How.CHANGED, How.CHANGED),
        (QUERY, QUERY + PROD, How.CHANGED, How.CHANGED),
        (DIGEST, DIGEST + SUM, How.CHANGED, How.CHANGED),
    ],
)
def test_which_changes_a_rule_remembers(old: str, new: str, how: How, of_several: How) -> None:
    """It starts afresh where its fingerprint changes, or, of several accounts, by what it sums."""
    for several, expected in ((False, how), (True, of_several)):
        (found,) = changes(parse(old), parse(new), several=several)
        assert found.how is expected
        assert None not in (found.before, found.after)
        assert found.before != found.after
        assert list(changes(parse(old), parse(old), several=several)) == []


def test_a_renamed_rule_is_another_one() -> None:
    """Under another name a rule goes, and one comes; the case of a name counts."""
    found = list(changes(parse(GOOD), parse(GOOD.replace('"A"', '"a"'))))
    assert [(one.name, one.how) for one in found] == [("A", How.REMOVED), ("a", How.ADDED)]
