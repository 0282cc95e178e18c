"""What is wrong with the accounts themselves: who is left out, who is named twice, who is behind."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

import msgspec

from budget_alert.alerts import HealthAlert, Severity
from budget_alert.config.schema import Config
from budget_alert.config.sharing import unmatched
from budget_alert.identity import identity
from budget_alert.instants import EPOCH
from budget_alert.rules.health import PATIENCE_TICKS, Finding
from budget_alert.secret import NAMES
from budget_alert.usage.combined import States
from budget_alert.usage.roster import Changes, Roster, changes

MOST_NAMED = 10
TWICE = "so what it spends counts twice in sums over all: take one of them out of the secret"
COME_BACK = (
    "If that is not meant, put the name and its key back into the secret "
    "(`aws secretsmanager put-secret-value`): within 30 days nothing is lost"
)


class Members(msgspec.Struct, frozen=True):
    """The accounts that the secret names, and how many it names as none can be called.

    `states` says how far each is counted, `since` from when on; both are empty where there is only one.
    `keys` are fingerprints of the keys, "" for one that cannot be used. `twins` names, for an account that
    was seen to be the same as another, that other one; where it is not `sure`, there may be more.
    """

    accounts: tuple[str, ...]
    misnamed: int = 0
    states: States = {}
    since: Mapping[str, datetime] = {}
    keys: Mapping[str, str] = {}
    twins: Mapping[str, str] = {}
    sure: bool = True


def member_findings(
    members: Members, config: Config | None, now: datetime, interval: timedelta
) -> list[Finding]:
    """Say how the accounts are watched.

    One is behind that was not read to the end for three intervals, unless it has only much to read.
    """
    found = [Finding("accounts", "\n".join([*_misnamed(members), *_idle(members, config)]))]
    if members.states:
        found.append(Finding("behind", _behind(members, now - PATIENCE_TICKS * interval)))
        found += _of_twins(members)
    return found


def _misnamed(members: Members) -> Iterable[str]:
    if members.misnamed:
        yield (
            f"{members.misnamed} accounts of the secret are left out, because none can be called so: name "
            f"each by {NAMES}"
        )


def _idle(members: Members, config: Config | None) -> Iterable[str]:
    for idle in unmatched(config, members.accounts) if config else ():
        if idle.wholly:
            yield (
                f'The rule "{idle.rule}" counts nothing, for its `accounts` name none that the secret holds: '
                f"{_listed(members.accounts)}. Name one of them there, or leave `accounts` out"
            )
        else:
            yield (
                f'Of the `accounts` of the rule "{idle.rule}", {_listed(idle.patterns)} '
                f"{'fit' if idle.patterns[1:] else 'fits'} none that the secret holds: "
                f"{_listed(members.accounts)}. Correct that, or take it out"
            )


def _of_twins(members: Members) -> list[Finding]:
    """Say who is the same; nothing while another key may hide it."""
    twins = list(_twins(members))
    shown = [*twins[:MOST_NAMED], *([f"{len(twins) - MOST_NAMED} more"] if twins[MOST_NAMED:] else [])]
    return [Finding("twins", "\n".join(shown))] if twins or members.sure else []


def _twins(members: Members) -> Iterable[str]:
    first: dict[str, str] = {}
    for account, key in sorted(members.keys.items()):
        twin = first.setdefault(key, account) if key else account
        if twin != account:
            yield f'"{twin}" and "{account}" have one and the same key, {TWICE}'
        elif account in members.twins:
            yield f'"{members.twins[account]}" and "{account}" are one and the same Poe account, {TWICE}'


def _behind(members: Members, since: datetime) -> str:
    late = [account for account in sorted(members.states) if _read_until(account, members) < since]
    if not late:
        return ""
    return (
        f"{len(late)} of {len(members.states)} accounts were not read to the end for three intervals: "
        f"{_listed(late)}. Where a key is refused, a message of that account says so; else see whether Poe "
        "answers, and what waits in the queue of failed ticks. What was spent meanwhile is counted later; "
        "until then sums over all accounts say “at least”, and nothing is forecast of them"
    )


def _read_until(account: str, members: Members) -> datetime:
    """Tell up to when an account was read, or since when it waits for its first reading, or for the next."""
    state = members.states[account]
    began = members.since.get(account) or (state.started_at if state else EPOCH)
    return max((state.read_until if state else None) or began, began)


def roster_alert(before: Roster | None, after: Roster | None, zone: str, now: datetime) -> HealthAlert | None:
    """Say who is monitored from now on, and who is not any more; None where nothing of that is new."""
    news = changes(before, after)
    sentences = list(_sentences(news))
    if not sentences:
        return None
    return HealthAlert(
        id=identity("roster", now),
        rule="roster",
        severity=Severity.WARNING if news.left else Severity.INFO,
        zone=zone,
        counted_at=now,
        text="\n".join(sentences),
        advice=COME_BACK if news.left else "",
    )


def _sentences(news: Changes) -> Iterable[str]:
    if news.left:
        are, them = ("are", "them") if news.left[1:] else ("is", "it")
        yield f"{_listed(news.left)} {are} not monitored any more: the secret does not name {them}"
    for old, new in news.renamed[:MOST_NAMED]:
        yield f'"{old}" is called "{new}" from now on: its last 30 days are read again'
    if more := len(news.renamed[MOST_NAMED:]):
        yield f"{more} more are renamed as well"
    if news.joined:
        yield f"{_listed(news.joined)} {'are' if news.joined[1:] else 'is'} monitored from now on"


def _listed(accounts: Iterable[str]) -> str:
    names = [f'"{account}"' for account in accounts]
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
