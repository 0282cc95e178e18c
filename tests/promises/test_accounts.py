"""Several accounts in turn: each is counted and alerted for itself, and all together as their sum."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from budget_alert import rounds
from budget_alert.alerts import ChannelTest, Severity
from budget_alert.errors import AccountsFailedError, SecretError
from budget_alert.report import Report
from budget_alert.tick import tick
from budget_alert.tools import Tools
from standins.poe_faults import status
from standins.poe_store import Row, microseconds
from standins.slack_receiver import rate_limited
from tests.support.configs import table
from tests.support.team import CONFIG, Team, health, key_of, team_deployment
from tests.support.world import START

FIVE = timedelta(minutes=5)
PRODUCTION = ("production", "budget", "Production", 500)
BOTH = table(
    "budget", name="Both", points=50, period="day", alert_at=["100%"], accounts=["production"], together=True
)
ROLLING = table("budget", name="Rolling", points=290, period="1h", alert_at=["100%"], together=True)
DIGEST = '\n[digest]\nevery = "day"\nat = "00:00"\ntogether = true\n'


@pytest.fixture
def new() -> Iterator[Team]:
    """Give a team of two accounts, read in turn."""
    with team_deployment("research", "production") as team:
        yield team


@pytest.fixture
def team(new: Team) -> Team:
    """Give a team that was welcomed."""
    new.round()
    new.sent()
    return new


def test_each_account_is_counted_for_itself_and_all_together(new: Team) -> None:
    """Every account has its own partition; the sum is what they spent, and has alerts of its own."""
    new.spend("research", 300)
    answer = new.round()
    assert (answer["account"], answer["complete"], answer["pages"], answer["points"]) == ("all", True, 2, 300)
    assert [each["account"] for each in answer["accounts"]] == ["production", "research"]
    assert [(account, kind) for account, kind, _, _ in new.sent()] == [
        ("all", "welcome"),
        ("production", "welcome"),
        ("research", "welcome"),
    ]
    new.spend("production", 900)
    assert new.round(START + FIVE)["alerts"] == {"sent": 2, "pending": 0}
    assert new.sent() == [("all", "budget", "Together", 1000), PRODUCTION]
    assert [new.points(name) for name in ("research", "production", "all")] == [300, 900, 1200]
    assert "· all accounts" in new.words()
    assert "production 75 %, research 25 %" in new.words()


def test_all_accounts_that_cross_at_once_are_alerted_within_one_tick() -> None:
    """A webhook that takes a message a second has one gate, and twenty accounts wait there, none for long."""
    names = [f"team-{number:02}" for number in range(20)]
    with team_deployment(*names) as team:
        assert len(team.round()["accounts"]) == len(names)
        before = len(team.world.slack.payloads)
        team.world.slept.clear()
        for name in names:
            team.spend(name, 1_000)
        team.world.slack.replies.queue(*[rate_limited(1), None] * (len(names) + 1))
        assert team.round(START + FIVE)["alerts"] == {"sent": len(names) + 1, "pending": 0}
        assert len(team.world.slack.payloads) - before == len(team.world.slept) == len(names) + 1
        assert team.points("all") == 1_000 * len(names)


@pytest.mark.parametrize("trouble", ["key", "secret"])
def test_a_refused_or_unusable_key_stops_its_own_account_only(team: Team, trouble: str) -> None:
    """The others are counted and alerted, its own messages say why, and Lambda counts the tick as failed."""
    if trouble == "key":
        team.refuse("research")
    else:
        team.hold({"research": ["no key"], "production": key_of("production")})
    team.spend("production", 600)
    words = {"key": "Poe refused the API key", "secret": "The secret holds no usable Poe API key for the"}
    with pytest.raises(AccountsFailedError, match=rf"^research: {words[trouble]}") as caught:
        team.round(START + FIVE)
    assert key_of("research") not in str(caught.value)
    assert team.sent() == [PRODUCTION, *health(trouble, account="research")]
    assert team.points("all") == 600


def test_what_concerns_all_accounts_is_sent_once(team: Team) -> None:
    """A broken config is one message; so is a secret that cannot be read, and each has an end."""
    team.world.configure("nonsense")
    assert team.go_on() == health("config")
    team.world.keep_secret("{")
    with pytest.raises(SecretError):
        team.round(team.world.later(minutes=5))
    assert team.sent() == health("secret")
    team.join()
    team.world.configure(CONFIG)
    assert team.go_on() == health("secret", "config")


def test_poe_away_is_sent_once_for_all_accounts(team: Team) -> None:
    """Who is behind is named when three intervals have passed, and once more when all are read again."""
    for name in team.spent:
        team.poe(name).faults.always(status(503))
    assert team.go_on(5) == health("behind")
    for name in team.spent:
        team.poe(name).faults.always(None)
    assert team.go_on() == health("behind")


def test_a_defect_that_one_account_meets_does_not_stop_the_others(
    team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What nobody foresaw is said by its type, and by none of its words: they could hold a secret."""

    def defective(tools: Tools, *, test: ChannelTest | None) -> Report:
        if tools.scope.account == "research":
            raise ZeroDivisionError(key_of("research"))
        return tick(tools, test=test)

    team.spend("production", 600)
    with monkeypatch.context() as patched:
        patched.setattr(rounds, "tick", defective)
        with pytest.raises(AccountsFailedError, match=r"^research: ZeroDivisionError, a defect of this pro"):
            team.round(START + FIVE)
    assert team.sent() == [PRODUCTION]
    team.spoil("research")
    with pytest.raises(AccountsFailedError) as caught:
        team.round(START + 2 * FIVE)
    assert set(caught.value.failed) == {"research", "all"}


def test_accounts_that_are_one_and_the_same_are_named(new: Team) -> None:
    """Their newest rows are the same, and what they spend would count twice together."""
    row = Row(creation_time=microseconds(START), query_id="q", cost_points=10)
    for name in new.spent:
        new.poe(name).add(row)
    new.round()
    assert health("twins")[0] in new.sent()


def test_one_key_by_two_names_is_named_at_once(team: Team) -> None:
    """Before a row is there; and that it is over, when each has its own. No message holds the key."""
    key = key_of("research")
    team.hold({"research": key, "production": key})
    assert team.go_on() == health("twins")
    message = json.dumps(team.world.slack.payloads[-1])
    assert "have one and the same key" in message
    assert key not in message
    team.join()
    assert team.go_on(3) == health("twins")


def test_a_rule_that_is_about_nobody_is_named(new: Team) -> None:
    """It would be silent for ever."""
    new.world.configure(CONFIG.replace("prod*", "prd*"))
    assert health("accounts")[0] in new.go_on()


def test_who_joins_is_summed_and_who_leaves_is_not(new: Team) -> None:
    """A sum is that of the accounts which the secret names now, all of its past included."""
    new.spend("research", 100)
    new.spend("production", 20, START - timedelta(days=20))
    new.round()
    new.join("staging")
    new.spend("staging", 3, START - timedelta(days=10))
    new.go_on()
    assert new.points("all") == 123
    new.hold_only("research", "staging")
    new.go_on()
    assert new.points("all") == 103


def test_a_late_cost_reaches_the_sum(new: Team) -> None:
    """A slot that an account's audit corrects is summed again, and so is the day."""
    new.spend("research", 100)
    new.round()
    new.spend("research", 7, START - timedelta(hours=20))
    for at in (START + FIVE, START + timedelta(hours=24), START + timedelta(hours=24) + FIVE):
        new.round(at)
    assert new.points("research") == new.points("all") == 107
    assert sum(int(item["points"]["N"]) for item in new.items("all", "day#")) == 107


def test_the_sum_names_accounts_where_an_account_names_keys(team: Team) -> None:
    """A filter on accounts is one on what the sum is told apart by."""
    team.world.configure(CONFIG + BOTH)
    team.go_on()
    team.spend("research", 49, api_key_name="production")
    team.spend("production", 49)
    assert team.go_on() == []
    team.spend("production", 1)
    assert [rule for _, _, rule, _ in team.go_on()] == ["Both"]


def test_a_rolling_sum_is_not_rearmed_by_ticks_without_an_account(team: Team) -> None:
    """Usage goes on at one rate; twice a key is refused, and what that account spends is not known."""
    team.world.configure(CONFIG + ROLLING)
    team.go_on()
    for number in range(1, 13):
        team.world.now += timedelta(minutes=20)
        team.spend("research", 100)
        team.spend("production", 1)
        team.refuse(*["research"] * (number in (7, 8)))
        team.serve()
    assert [rule for _, _, rule, _ in team.sent()].count("Rolling") == 1


def test_a_digest_over_all_accounts_is_one_message(new: Team) -> None:
    """It comes when the last account has settled, and sums them all."""
    new.world.configure(CONFIG + DIGEST)
    new.round()
    new.spend("research", 30)
    new.spend("production", 12)
    new.go_on()
    for hours in (24, 25, 26):
        new.round(START + timedelta(hours=hours))
    assert new.sent() == [("all", "digest", "digest", None)]
    assert "42 points" in json.dumps(new.world.slack.payloads[-1])


def test_a_test_is_sent_by_all_together(team: Team) -> None:
    """One message, whatever the number of accounts, and the answer of each channel."""
    answer = team.round(START + FIVE, test=ChannelTest(Severity.WARNING))
    assert answer["channels"] == {"slack": "", "sns": ""}
    assert team.sent() == [("all", "welcome", "welcome", None)]


@pytest.mark.parametrize(
    "text", ["{", '{"poe_api_key": ""}', "two words", '["key"]', '{"acounts": {"research": "key"}}']
)
def test_a_secret_that_becomes_unreadable_is_named_by_all(team: Team, text: str) -> None:
    """Who was several is not taken for one account, by whatever slip; all together say when it is over."""
    good = team.world.secret
    team.world.keep_secret(text)
    for expected in (health("secret"), []):
        with pytest.raises(SecretError):
            team.round(team.world.later(minutes=5))
        assert team.sent() == expected
    assert team.items("default") == []
    team.world.keep_secret(json.dumps(f"\ufeff{good}"))
    assert team.go_on() == health("secret")


def test_what_is_not_understood_of_the_secret_is_named_once_by_all(team: Team) -> None:
    """The accounts go on; a slip in the webhook's name is Slack's trouble, any other the secret's own."""
    keys = {name: key_of(name) for name in team.spent}
    slip = {"accounts": keys, "slack_webhook": team.world.slack_url, "note": "x"}
    team.world.keep_secret(json.dumps(slip))
    team.spend("production", 600)
    assert team.go_on() == [*health("webhook", "spelling"), PRODUCTION]
    assert team.go_on() == []
    team.hold(keys)
    assert [rule for _, _, rule, _ in team.go_on()] == ["webhook", "spelling"]


def broken(team: Team) -> list[tuple[str, str, str, int | None]]:
    """Break the secret for a tick, and take what is sent of it."""
    team.sent()
    team.world.keep_secret("{")
    with pytest.raises(SecretError):
        team.round(team.world.later(minutes=5))
    return team.sent()


def test_who_was_last_known_to_be_there_says_that_the_secret_broke() -> None:
    """All together of a team, also where one bears the only account's name and another is behind."""
    with team_deployment("default", "other") as team:
        team.round()
        team.refuse("other")
        for _ in range(3):
            with suppress(AccountsFailedError):
                team.round(team.world.later(minutes=5))
        assert broken(team) == health("secret")
        team.world.keep_secret(key_of("default"))
        team.go_on()
        assert broken(team) == health("secret", account="default")
