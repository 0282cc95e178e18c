"""The status of a deployed stack, as its function has counted and told."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from poe_budget.cli.status import Status
from standins.simulated_poe import Grants, PoeAccount, Shown
from tests.cli.running import KEY, one_line
from tests.cli.watched import Watched
from tests.support.configs import BALANCE
from tests.support.world import MONTH

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
DAY = timedelta(days=1)
BILLING = MONTH.replace('"month"', '"billing"')


def lines(watch: Watched, *arguments: object, **environ: str) -> list[str]:
    """Give the lines that a status prints."""
    ended = watch.run("status", *arguments, **environ)
    assert ended.status == 0, ended
    return [line.strip() for line in ended.out.splitlines()]


def status(watch: Watched, *arguments: object, **environ: str) -> Status:
    """Give the status as programs get it."""
    found: Status = watch.report(Status, "status", *arguments, **environ)
    return found


def lived(watch: Watched, points: int = 40) -> None:
    """Let the account have spent this on each of the last twenty days, and the function tick at noon."""
    watch.world.now = NOON
    for days in range(1, 21):
        watch.world.spend(points, NOON - days * DAY)
    watch.world.tick()


def test_where_a_budget_stands(watch: Watched) -> None:
    """How full, pace, outlook, next threshold, what was told and what is counted, in lines for people."""
    lived(watch)
    watch.tick(0, 60)
    shown = lines(watch)
    outlook = [line for line in shown if "likely" in line.lower()]
    assert len(outlook) == 2
    assert [line for line in shown if line not in outlook] == [
        "The stack watch at 16 Nov 2026 12:05 (UTC), by the stack's own first budget",
        "",
        "Everything",
        "██████░░░░ 66 % used, 51 % of its time is over",
        "660 of 1,000 points",
        "Pace: 42 a day; 33 would last",
        "Next threshold: 80 % (800 points)",
        "Sent: 50 % on 16 Nov 12:00",
        "Calendar month, 1 Nov 00:00 to 1 Dec 00:00 (UTC)",
        "",
        "What is counted",
        "Everything up to 16 Nov 2026 12:05 (UTC), 0 minutes ago",
        "The newest entry is of 16 Nov 2026 12:04 (UTC)",
        "",
        "How the monitor is",
        "All is well",
    ]


def test_for_programs_the_same_in_numbers(watch: Watched) -> None:
    """The report has the numbers, instants and thresholds that the lines have."""
    watch.world.configure("usd_per_million_points = 30\n" + MONTH + 'forecast_at = ["100%"]\n')
    lived(watch)
    watch.tick(60)
    found = status(watch)
    (budget,) = found.budgets
    assert (found.at, found.config) == (watch.world.now, "version 1 of /watch/budgets")
    assert (budget.points, budget.limit, budget.percent, budget.passed_percent) == (660, 1000, 66.0, 51.6)
    assert (budget.usd, budget.usd_limit) == (0.0198, 0.03)
    assert (budget.complete, budget.used_up, budget.next_threshold, budget.next_points) == (
        True,
        False,
        "80%",
        800,
    )
    assert budget.forecast is not None
    assert budget.forecast.expected > 1000
    assert [(each.threshold, each.sent_at) for each in (*budget.sent, *budget.sent_forecasts)] == [
        ("50%", NOON),
        ("100%", NOON),
    ]
    assert "Sent as a forecast: 100 % on 16 Nov 12:00" in budget.words
    assert (found.coverage.lag_minutes, found.coverage.gaps) == (0, ())
    assert found.health is not None
    assert found.health.listening


def test_what_is_expected_is_not_below_what_is_used(watch: Watched) -> None:
    """Percent of what is used and of what is expected are rounded alike: 26.8 % and no more is 26 % twice."""
    watch.world.now = NOON
    watch.world.configure(MONTH.replace("1_000", "100_000"))
    watch.world.spend(26_800, NOON - 14 * DAY)
    watch.world.tick()
    shown = lines(watch)
    assert any("26 % used" in line for line in shown)
    (end,) = [line for line in shown if line.startswith("By 1 Dec 00:00: about ")]
    found = re.search(r"about ([\d.]+) k \((\d+) %\)", end)
    assert found
    assert float(found[1]) >= 26.8
    assert int(found[2]) >= 26


def test_fail_finds_a_budget_that_is_used_up(watch: Watched) -> None:
    """With --fail the exit status is 1 as soon as a budget has reached its points, and 0 before."""
    watch.tick(999)
    assert watch.run("status", "--fail").status == 0
    watch.tick(1)
    assert watch.run("status", "--fail").status == 1
    assert watch.run("status").status == 0
    assert "Every threshold is reached" in lines(watch)


def test_a_threshold_that_the_config_knows_no_more(watch: Watched) -> None:
    """What was told under an older config is named by its points."""
    watch.tick(0)
    watch.tick(600)
    watch.world.configure(MONTH.replace('"50%", ', ""))
    assert status(watch).budgets[0].sent[0].threshold == "500 points"


def test_rolling_and_snoozed_budgets(watch: Watched) -> None:
    """A rolling window is never over; a snooze is said, and so is a budget that waits for Poe's grants."""
    rolling = MONTH.replace('"month"', '"7d"') + "snooze_until = 2026-12-24\n"
    watch.world.configure(rolling + BILLING.replace("Everything", "Plan"))
    watch.tick(10)
    found = status(watch)
    assert [(budget.name, budget.passed_percent) for budget in found.budgets] == [("Everything", None)]
    assert found.budgets[0].words[-2] == "Snoozed until 24 Dec 00:00"
    assert found.unknown == ("Plan",)
    assert "It follows Poe's grants of points, which are not known yet" in lines(watch)


def test_the_balance_as_the_function_heard_it(watch: Watched) -> None:
    """Without a key nobody asks Poe: what is left is what the function heard last, and said to be so."""
    watch.world.configure(MONTH + BALANCE)
    watch.tick(100)
    asked = len(watch.world.poe.balance_requests)
    found = status(watch).balance
    assert found is not None
    assert (found.points, found.asked, found.pace, found.next_grant) == (999_900, False, 100, None)
    assert "999,900 points left on the account, when the function last asked" in lines(watch)
    assert len(watch.world.poe.balance_requests) == asked


@pytest.mark.parametrize("way", [{"POE_API_KEY": KEY}, {}])
def test_the_balance_as_poe_says_it(watch: Watched, way: dict[str, str]) -> None:
    """With POE_API_KEY, or if asked to with the stack's key, Poe says what is left and when more comes."""
    watch.world.poe.account = PoeAccount(points=1_000, begins=NOON - 20 * DAY, grants=Grants.MONTHLY)
    watch.world.now = NOON
    watch.world.spend(600, NOON - DAY / 2)
    watch.world.tick()
    found = status(watch, *([] if way else ["--ask-poe"]), **way).balance
    assert found is not None
    assert (found.points, found.asked, found.pace, found.grant) == (400, True, 600, 1_000)
    assert found.runway_days == 0.67
    assert "Next points: 1,000 points on 27 Nov 12:00 (UTC); auto recharge is off" in found.words


def test_what_is_still_unread(watch: Watched) -> None:
    """While the first reading goes on, its gap is shown, and sums are at least."""
    for number in range(500):
        watch.world.spend(1, watch.world.now - number * timedelta(minutes=5))
    watch.world.tick(pages=2)
    shown = lines(watch)
    assert "Never all of the usage yet: the first reading goes on" in shown
    assert any(line.startswith("Still unread: 4 Oct 2026") for line in shown)
    assert any("at least" in line and "% used" in line for line in shown)


def test_troubles_of_the_watch(watch: Watched) -> None:
    """What the function has told of itself is shown with its advice, and which config it goes by now."""
    watch.world.configure(MONTH)
    watch.tick(1)
    watch.world.configure("nonsense")
    watch.tick(1)
    shown = lines(watch)
    assert shown[0].endswith("by the last good config, for version 2 of /watch/budgets has mistakes")
    place = shown.index(
        "The config cannot be used; the last good one stays in force, since 3 Nov 2026 00:10 (UTC)"
    )
    assert shown[place + 1].startswith("line 1: cannot be read as TOML")
    assert "All is well" not in shown


def test_alerts_that_wait(watch: Watched) -> None:
    """Alerts that no channel took are counted, and that nobody listens is said."""
    watch.world.keep_secret(watch.world.secret_text().replace(watch.world.slack_url, ""))
    watch.world.forget_listeners()
    watch.world.spend(1)
    assert "NobodyListeningError" in watch.run("tick").err
    shown = lines(watch)
    assert "1 alert waits for a channel, since 3 Nov 2026 00:00 (UTC)" in shown
    assert "Nobody listens on the topic" in shown


def test_by_another_config(watch: Watched) -> None:
    """With a file, the stack's usage is judged by that; hostile names in it are shown tamely."""
    watch.tick(100)
    file = watch.config(MONTH.replace("Everything", r"[bold]\u202egnp").replace("1_000", "200"))
    shown = lines(watch, file)
    assert shown[0].endswith(f"by {file}")
    assert "[bold]gnp" in shown
    assert "100 of 200 points" in shown


def test_an_account_that_has_spent_nothing(watch: Watched) -> None:
    """Without an entry everything is counted all the same; what was not read for over an hour is late."""
    watch.tick()
    shown = lines(watch)
    assert "0 of 1,000 points" in shown
    assert not [line for line in shown if "newest entry" in line]
    watch.world.later(minutes=61)
    assert "Everything up to 3 Nov 2026 00:05 (UTC), 61 minutes ago, which is late" in lines(watch)


def test_what_keeps_a_status_from_being_shown(watch: Watched) -> None:
    """No tick, no usable config, no key where one is wanted, and no table are one line each."""

    def fails(*arguments: str) -> str:
        ended = watch.run("status", *arguments)
        assert ended.status == 1
        return one_line(ended)

    assert "watch has not ticked yet: `poe-budget tick --stack watch` lets it" in fails()
    watch.world.configure("nonsense")
    watch.tick(1)
    assert "no usable config is in force, " in fails()
    watch.world.configure(MONTH)
    watch.tick(1)
    watch.world.poe.account = PoeAccount(shown=Shown.NOT_AT_ALL)
    ended = watch.run("status", "--ask-poe")
    assert (ended.status, "What is left" in ended.out) == (0, False)
    assert ended.err.startswith("Note: what is left is not known: ")
    watch.world.keep_secret('{"poe_api_key": "hidden words"}')
    line = fails("--ask-poe")
    assert "the secret of watch holds no usable key: put one into it" in line
    assert "hidden" not in line
    watch.world.dynamodb.delete_table(TableName="ledger")
    assert "the table of watch cannot be used: The table failed (ResourceNotFoundException); check" in fails()
