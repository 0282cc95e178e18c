import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from budget_alert import rounds
from budget_alert.alerts import Severity
from budget_alert.errors import AccountsFailedError, SecretError
from budget_alert.report import Report
from budget_alert.tick import tick
from budget_alert.tools import Tools
from standins.poe_faults import status
from standins.poe_store import Row, microseconds
from standins.slack_receiver import rate_limited
from tests.support.team import CONFIG, Team, key_of, team_deployment
from tests.support.world import KEY, START

FIVE = timedelta(minutes=5)


@pytest.fixture
def team() -> Iterator[Team]:
    """Give a team of two accounts, read in turn."""
    with team_deployment("research", "production") as team:
        team.world.configure(CONFIG)
        yield team


def test_each_account_is_counted_and_told_for_itself_and_all_together(team: Team) -> None:
    """Every account has its own partition; the sum is what they spent, and speaks for itself."""
    team.spend("research", 300)
    answer = team.round()
    assert (answer["account"], answer["complete"], answer["pages"], answer["points"]) == ("all", True, 2, 300)
    assert [each["account"] for each in answer["accounts"]] == ["production", "research"]
    assert [(account, kind) for account, kind, _, _ in team.told()] == [
        ("all", "welcome"),
        ("production", "welcome"),
        ("research", "welcome"),
    ]
    team.spend("production", 800)
    assert team.round(START + FIVE)["alerts"] == {"sent": 2, "pending": 0}
    assert team.told() == [("all", "budget", "Together", 1000), ("production", "budget", "Production", 500)]
    assert [team.points(name) for name in ("research", "production", "all")] == [300, 800, 1100]


def test_all_accounts_that_cross_at_once_are_told_within_one_tick() -> None:
    """A webhook that takes a message a second has one gate, and twenty accounts wait there, none for long."""
    names = [f"team-{number:02}" for number in range(20)]
    with team_deployment(*names) as team:
        team.world.configure(CONFIG)
        team.round()
        before = len(team.world.slack.payloads)
        team.world.slept.clear()
        for name in names:
            team.spend(name, 1_000)
        busy = [rate_limited(1), None]
        team.world.slack.replies.queue(*busy * (len(names) + 1))
        assert team.round(START + FIVE)["alerts"] == {"sent": len(names) + 1, "pending": 0}
        assert len(team.world.slack.payloads) - before == len(names) + 1
        assert len(team.world.slept) == len(names) + 1


def test_a_refused_key_stops_its_own_account_only(team: Team) -> None:
    """The others are counted and told, its own messages say why, and Lambda counts the tick as failed."""
    team.round()
    team.told()
    team.poe("research").keys = set()
    team.spend("production", 600)
    with pytest.raises(AccountsFailedError, match=r"^research: Poe refused the API key") as caught:
        team.round(START + FIVE)
    assert key_of("research") not in str(caught.value)
    assert team.told() == [("production", "budget", "Production", 500), ("research", "health", "key", None)]
    assert team.points("all") == 600


def test_an_unusable_key_is_told_by_its_account(team: Team) -> None:
    """Other accounts of the secret go on."""
    team.round()
    team.told()
    team.hold({"research": ["no key"], "production": key_of("production")})
    team.spend("production", 600)
    with pytest.raises(AccountsFailedError, match="research: The secret holds no usable Poe API key for the"):
        team.round(START + FIVE)
    assert team.told() == [
        ("production", "budget", "Production", 500),
        ("research", "health", "secret", None),
    ]


def test_what_concerns_all_accounts_is_told_once(team: Team) -> None:
    """A broken config is one message; so is a secret that cannot be read, and each has an end."""
    team.round()
    team.told()
    team.world.configure("nonsense")
    team.round(START + FIVE)
    assert team.told() == [("all", "health", "config", None)]
    team.world.keep_secret("{")
    with pytest.raises(SecretError):
        team.round(START + 2 * FIVE)
    assert team.told() == [("all", "health", "secret", None)]
    team.join()
    team.world.configure(CONFIG)
    team.round(START + 3 * FIVE)
    assert team.told() == [("all", "health", "secret", None), ("all", "health", "config", None)]


def test_poe_away_is_told_once_for_all_accounts(team: Team) -> None:
    """Who is behind is named when three intervals have passed, and once more when all are read again."""
    team.round()
    team.told()
    for name in team.spent:
        team.poe(name).faults.always(status(503))
    for number in range(1, 6):
        with pytest.raises(AccountsFailedError):
            team.round(START + number * FIVE)
    assert team.told() == [("all", "health", "behind", None)]
    for name in team.spent:
        team.poe(name).faults.always(None)
    team.round(START + 6 * FIVE)
    assert team.told() == [("all", "health", "behind", None)]


def test_a_defect_that_one_account_meets_does_not_stop_the_others(team: Team) -> None:
    """Its type is said, and none of its words: they could hold a secret."""
    team.round()
    team.told()
    (cursor,) = team.items("research", "cursor")
    team.world.dynamodb.put_item(TableName="ledger", Item={**cursor, "body": {"S": '{"version": "x"}'}})
    team.spend("production", 600)
    with pytest.raises(AccountsFailedError) as caught:
        team.round(START + FIVE)
    assert set(caught.value.failed) == {"research", "all"}
    assert team.told() == [("production", "budget", "Production", 500)]


def test_a_defect_is_said_by_its_type(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody foresaw could have a secret in its words."""

    def defective(tools: Tools, *, test: Severity | None) -> Report:
        if tools.scope.account == "research":
            raise ZeroDivisionError(key_of("research"))
        return tick(tools, test=test)

    team.round()
    team.told()
    team.spend("production", 600)
    monkeypatch.setattr(rounds, "tick", defective)
    with pytest.raises(AccountsFailedError, match=r"^research: ZeroDivisionError, a defect of this program$"):
        team.round(START + FIVE)
    assert team.told() == [("production", "budget", "Production", 500)]


def test_more_accounts_than_are_served_at_once_take_turns(team: Team) -> None:
    """Each has its tick; none waits for the next interval."""
    team.join(*(f"team-{number}" for number in range(20)))
    for name in team.spent:
        team.spend(name, 1)
    assert len(team.round()["accounts"]) == team.points("all") == 22


def test_accounts_that_are_one_and_the_same_are_told(team: Team) -> None:
    """Their newest rows are the same, and what they spend would count twice together."""
    row = Row(creation_time=microseconds(START), query_id="q", cost_points=10)
    team.poe("research").add(row)
    team.poe("production").add(row)
    team.round()
    assert ("all", "health", "twins", None) in team.told()


def test_one_key_by_two_names_is_told_at_once(team: Team) -> None:
    """Before a row is there; and that it is over, when each has its own. No message holds the key."""
    team.round()
    team.told()
    key = key_of("research")
    team.hold({"research": key, "production": key})
    team.round(START + FIVE)
    assert team.told() == [("all", "health", "twins", None)]
    message = json.dumps(team.world.slack.payloads[-1])
    assert "have one and the same key" in message
    assert key not in message
    team.join()
    for number in range(2, 5):
        team.round(START + number * FIVE)
    assert team.told() == [("all", "health", "twins", None)]


def test_a_rule_that_is_about_nobody_is_told(team: Team) -> None:
    """It would be silent for ever."""
    team.world.configure(CONFIG.replace("prod*", "prd*"))
    team.round()
    assert ("all", "health", "accounts", None) in team.told()


def test_who_joins_is_summed_and_who_leaves_is_not(team: Team) -> None:
    """A sum is that of the accounts which the secret names now, all of its past included."""
    team.spend("research", 100)
    team.spend("production", 20, START - timedelta(days=20))
    team.round()
    team.join("staging")
    team.spend("staging", 3, START - timedelta(days=10))
    team.round(START + FIVE)
    assert team.points("all") == 123
    team.hold({"research": key_of("research"), "staging": key_of("staging")})
    team.round(START + 2 * FIVE)
    assert team.points("all") == 103


def test_who_joins_brings_no_news_of_windows_that_closed(team: Team) -> None:
    """What it has spent long ago is summed, and nobody hears of it now."""
    team.world.configure(CONFIG.replace('period = "month"', 'period = "day"'))
    for days in range(5):
        team.spend("research", 900, START + timedelta(days=days))
        team.round(START + timedelta(days=days))
    team.told()
    team.join("staging")
    for days in range(4):
        team.spend("staging", 950, START + timedelta(days=days))
    team.round(START + timedelta(days=4, hours=3))
    assert team.points("all") == 5 * 900 + 4 * 950
    assert [told for told in team.told() if told[0] == "all"] == [("all", "health", "roster", None)]


def test_a_secret_that_breaks_after_the_team_has_become_one_account_is_told(team: Team) -> None:
    """By the account that was watched last."""
    team.round()
    team.told()
    team.poes.accounts[KEY] = team.poe("research")
    team.poe("research").keys.add(KEY)
    team.world.keep_secret(KEY)
    team.round(START + FIVE)
    team.told()
    team.world.keep_secret("{")
    with pytest.raises(SecretError):
        team.round(START + 2 * FIVE)
    assert team.told() == [("default", "health", "secret", None)]


def test_a_late_cost_reaches_the_sum(team: Team) -> None:
    """A slot that an account's audit corrects is summed again, and so is the day."""
    team.spend("research", 100)
    team.round()
    team.spend("research", 7, START - timedelta(hours=20))
    team.round(START + FIVE)
    team.round(START + timedelta(hours=24))
    team.round(START + timedelta(hours=24) + FIVE)
    assert team.points("research") == team.points("all") == 107
    assert sum(int(item["points"]["N"]) for item in team.items("all", "day#")) == 107


def test_the_sum_names_accounts_where_an_account_names_keys(team: Team) -> None:
    """A filter on accounts is one on what the sum is told apart by."""
    team.world.configure(
        CONFIG + '\n[[budget]]\nname = "Both"\npoints = 50\nperiod = "day"\n'
        'alert_at = ["100%"]\naccounts = ["production"]\ntogether = true\n'
    )
    team.round()
    team.told()
    team.spend("research", 49, api_key_name="production")
    team.spend("production", 49)
    team.round(START + FIVE)
    assert team.told() == []
    team.spend("production", 1)
    team.round(START + 2 * FIVE)
    assert [rule for _, _, rule, _ in team.told()] == ["Both"]


def test_a_message_over_all_accounts_says_who_spent_most(team: Team) -> None:
    """It is told as that of all accounts, and names them."""
    team.round()
    team.spend("research", 300)
    team.spend("production", 900)
    team.round(START + FIVE)
    message = json.dumps(team.world.slack.payloads[-1], ensure_ascii=False)
    assert "· all accounts" in message
    assert "production 75 %, research 25 %" in message


def test_a_rolling_sum_is_not_rearmed_by_ticks_without_an_account(team: Team) -> None:
    """Usage goes on at one rate; twice a key is refused, and what that account spends is not known."""
    team.world.configure(
        CONFIG + '\n[[budget]]\nname = "Rolling"\npoints = 290\nperiod = "1h"\n'
        'alert_at = ["100%"]\ntogether = true\n'
    )
    team.round()
    keys = team.poe("research").keys
    for number in range(1, 13):
        team.world.now += timedelta(minutes=20)
        team.spend("research", 100)
        team.spend("production", 1)
        team.poe("research").keys = set() if number in (7, 8) else keys
        with suppress(AccountsFailedError):
            team.round()
    assert [rule for _, _, rule, _ in team.told()].count("Rolling") == 1


def test_a_digest_over_all_accounts_is_one_message(team: Team) -> None:
    """It comes when the last account has settled, and sums them all."""
    team.world.configure(CONFIG + '\n[digest]\nevery = "day"\nat = "00:00"\ntogether = true\n')
    team.round()
    team.spend("research", 30)
    team.spend("production", 12)
    team.round(START + FIVE)
    team.told()
    for hours in (24, 25, 26):
        team.round(START + timedelta(hours=hours))
    assert team.told() == [("all", "digest", "digest", None)]
    assert "42 points" in json.dumps(team.world.slack.payloads[-1])


def test_a_test_is_told_by_all_together(team: Team) -> None:
    """One message, whatever the number of accounts, and the answer of each channel."""
    team.round()
    team.told()
    answer = team.round(START + FIVE, test=Severity.WARNING)
    assert answer["channels"] == {"slack": "", "sns": ""}
    assert team.told() == [("all", "welcome", "welcome", None)]


@pytest.mark.parametrize(
    "text", ["{", '{"poe_api_key": ""}', "two words", '["key"]', '{"acounts": {"research": "key"}}']
)
def test_a_secret_that_becomes_unreadable_is_told_by_all(team: Team, text: str) -> None:
    """Who was several is not taken for one account, by whatever slip; all together say when it is over."""
    team.round()
    team.told()
    good = team.world.secrets.get_secret_value(SecretId="secret")["SecretString"]
    team.world.keep_secret(text)
    for expected in ([("all", "health", "secret", None)], []):
        with pytest.raises(SecretError):
            team.round(team.world.now + FIVE)
        assert team.told() == expected
    assert team.items("default") == []
    team.world.keep_secret(json.dumps(f"\ufeff{good}"))
    team.round(team.world.now + FIVE)
    assert team.told() == [("all", "health", "secret", None)]


def test_what_is_not_understood_of_the_secret_is_told_once_by_all(team: Team) -> None:
    """The accounts go on; a slip in the webhook's name is Slack's trouble, any other the secret's own."""
    team.round()
    team.told()
    keys = {name: key_of(name) for name in team.spent}
    slip = {"accounts": keys, "slack_webhook": team.world.slack_url, "note": "x"}
    team.world.keep_secret(json.dumps(slip))
    team.spend("production", 600)
    team.round(START + FIVE)
    assert team.told() == [
        ("all", "health", "webhook", None),
        ("all", "health", "spelling", None),
        ("production", "budget", "Production", 500),
    ]
    team.round(START + 2 * FIVE)
    assert team.told() == []
    team.hold(keys)
    team.round(START + 3 * FIVE)
    assert [rule for _, _, rule, _ in team.told()] == ["webhook", "spelling"]


def test_all_speak_for_an_account_of_the_default_name_too() -> None:
    """One of several may be called as the only one would be, and another may be behind."""
    with team_deployment("default", "other") as team:
        team.world.configure(CONFIG)
        team.round()
        team.poe("other").keys = set()
        for _ in range(3):
            with pytest.raises(AccountsFailedError):
                team.round(team.world.now + FIVE)
        team.told()
        team.world.keep_secret("{")
        with pytest.raises(SecretError):
            team.round(team.world.now + FIVE)
        assert team.told() == [("all", "health", "secret", None)]
        team.world.keep_secret(key_of("default"))
        team.round(team.world.now + FIVE)
        team.told()
        team.world.keep_secret("{")
        with pytest.raises(SecretError):
            team.round(team.world.now + FIVE)
        assert team.told() == [("default", "health", "secret", None)]
