"""What another config would change in a deployed stack."""

import pytest

from budget_alert.config.reading import parse
from poe_budget.cli.diff import Diff, How, changes
from tests.cli.monitor import Monitor
from tests.cli.running import KEY
from tests.support.configs import BALANCE, DIGEST, GOOD, QUERY, SPIKE
from tests.support.world import MONTH


def test_diff_of_rules(monitor: Monitor) -> None:
    """What comes, goes, changes or starts afresh, in words; spellings, a zone, and a hostile name.

    The text in force, and another one that means the same, are each said to be that.
    """
    monitor.world.configure(MONTH + QUERY + SPIKE)
    monitor.tick(600)
    for text in (
        MONTH.replace("1_000", "2_000") + QUERY + 'bots = ["x"]\n' + BALANCE,
        MONTH.replace('"80%"', "800") + QUERY + SPIKE,
        'timezone = "Europe/Paris"\n' + MONTH + QUERY + SPIKE,
        MONTH.replace("Everything", r"[red]\u202ex") + QUERY + SPIKE,
        MONTH + QUERY + SPIKE,
        "# mine\n" + MONTH + QUERY + SPIKE,
    ):
        assert "\u202e" not in monitor.shows("diff", monitor.config(text)).out
    same = [
        monitor.report(Diff, "diff", monitor.config(text + MONTH + QUERY + SPIKE)).same
        for text in ("", "#\n")
    ]
    assert same == [True, False]


def test_what_the_next_tick_would_send_it_then_sends(monitor: Monitor) -> None:
    """What is said of a lowered limit and a new rule is what the tick after it sends; nothing is written."""
    monitor.tick(0)
    monitor.tick(600)
    new = MONTH.replace("1_000", "500") + GOOD.replace("1_000", "100")
    before = monitor.world.items()
    found = monitor.report(Diff, "diff", monitor.config(new))
    assert [(one.kind, one.rule, one.severity) for one in found.coming] == [
        ("budget", "Everything", "critical"),
        ("budget", "A", "info"),
    ]
    assert found.coming[0].words.startswith("120 % of your monthly budget “Everything” is used")
    assert f"- info: {found.coming[1].words}" in monitor.run("diff", monitor.config(new)).out
    assert monitor.world.items() == before
    monitor.world.sent()
    monitor.world.configure(new)
    monitor.tick()
    assert {rule for _, rule, _ in monitor.world.sent()} == {"Everything", "A"}


def test_diff_of_a_forecast(monitor: Monitor) -> None:
    """A threshold that moves up, of what is spent or of what is expected, can be sent once more."""
    new = MONTH + 'forecast_at = ["100%"]\n'
    monitor.world.configure(new)
    for _ in range(24 * 14):
        monitor.world.spend(2, monitor.world.later(hours=1))
    monitor.tick(1)
    file = monitor.config(new.replace("1_000", "100_000"))
    monitor.shows("diff", file)
    again = [(one.threshold, one.points, one.forecast) for one in monitor.report(Diff, "diff", file).rearmed]
    assert again == [("50%", 50_000, False), ("100%", 100_000, True)]


def test_diff_from_a_bad_config(monitor: Monitor) -> None:
    """Without a usable config every rule is new; with a last good one, that is what is compared."""
    monitor.world.configure("nonsense")
    monitor.shows("diff", monitor.config(MONTH))
    monitor.world.configure(MONTH)
    monitor.tick(1)
    monitor.world.configure("nonsense")
    monitor.tick(1)
    monitor.shows("diff", monitor.config(MONTH))


def test_balance_rules_go_by_what_poe_says(monitor: Monitor) -> None:
    """They are evaluated where Poe is asked; where it is not, a note says that they are left out."""
    monitor.world.poe.account.points = 50_000
    monitor.tick(1)
    file = monitor.config(MONTH + BALANCE)
    ways: tuple[tuple[list[str], dict[str, str], list[str]], ...] = (
        ([], {}, []),
        (["--ask-poe"], {}, ["B"]),
        ([], {"POE_API_KEY": KEY}, ["B"]),
    )
    for arguments, environ, sent in ways:
        ended = monitor.run("diff", file, *arguments, **environ)
        assert ("balance rules are left out" in ended.err) == (sent == [])
        found = monitor.report(Diff, "diff", file, *arguments, **environ)
        assert [one.rule for one in found.coming] == sent


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
