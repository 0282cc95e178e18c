"""What is wrong with the accounts themselves: who is left out, who is named twice, who is behind."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from budget_alert.alerts import HealthAlert, Lead, Severity
from budget_alert.config.schema import Config
from budget_alert.identity import identity
from budget_alert.instants import EPOCH
from budget_alert.rules.gathered import Gathered
from budget_alert.rules.scope import unmatched
from budget_alert.rules.troubles import PATIENCE_TICKS, Found, Trouble
from budget_alert.secret import NAMES, Keyring, fingerprint
from budget_alert.usage.combined import CombinedReading, States
from budget_alert.usage.roster import Changes, Member, Roster, changes
from budget_alert.usage.state import State

MOST_NAMED = 10
TWICE = "so what it spends counts twice in sums over all: take one of them out of the secret"
COME_BACK = (
    "If that is not meant, put the name and its key back into the secret "
    "(`aws secretsmanager put-secret-value`): within 30 days nothing is lost"
)


def accounts_found(seen: Gathered) -> list[Found]:
    """Say how the accounts are monitored, where the tick reports for all and knows them.

    One is behind that was not read to the end for three intervals, unless it has only much to read. Nothing
    is said of twins while another key may hide them.
    """
    named = seen.secret
    if seen.no_secret or not seen.scope.reports_for_all:
        return []
    if not seen.scope.together:
        return [Found(Trouble.ACCOUNTS, "\n".join(_unmatched([seen.scope.account], seen.config)))]
    found = [
        Found(Trouble.ACCOUNTS, "\n".join([*_misnamed(named), *_unmatched(named.accounts, seen.config)]))
    ]
    if isinstance(seen.scan, CombinedReading) and seen.scan.accounts:
        present = seen.members.present if seen.members else {}
        late_since = seen.now - PATIENCE_TICKS * seen.interval
        found.append(Found(Trouble.BEHIND, _behind(seen.scan.accounts, present, late_since)))
        twins = list(_twins(named, present))
        if twins or not any(one.is_newly_keyed(seen.now) for one in present.values()):
            more = [f"{len(twins) - MOST_NAMED} more"] if twins[MOST_NAMED:] else []
            found.append(Found(Trouble.TWINS, "\n".join([*twins[:MOST_NAMED], *more])))
    return found


def _misnamed(named: Keyring) -> Iterable[str]:
    if named.misnamed:
        yield (
            f"{named.misnamed} accounts of the secret are left out, because none can be called so: name "
            f"each by {NAMES}"
        )


def _unmatched(accounts: Sequence[str], config: Config | None) -> Iterable[str]:
    for rule, patterns in unmatched(config, accounts) if config else ():
        if patterns == rule.accounts:
            yield (
                f'The rule "{rule.name}" counts nothing, for its `accounts` name none that the secret holds: '
                f"{_listed(accounts)}. Name one of them there, or leave `accounts` out"
            )
        else:
            yield (
                f'Of the `accounts` of the rule "{rule.name}", {_listed(patterns)} '
                f"{'fit' if patterns[1:] else 'fits'} none that the secret holds: "
                f"{_listed(accounts)}. Correct that, or take it out"
            )


def _twins(named: Keyring, present: Mapping[str, Member]) -> Iterable[str]:
    first: dict[str, str] = {}
    for account in named.accounts:
        key = fingerprint(named.keys[account])
        twin = first.setdefault(key, account) if key else account
        if twin != account:
            yield f'"{twin}" and "{account}" have one and the same key, {TWICE}'
        elif account in present and present[account].twin:
            yield f'"{present[account].twin}" and "{account}" are one and the same Poe account, {TWICE}'


def _behind(states: States, present: Mapping[str, Member], since: datetime) -> str:
    late = [name for name in sorted(states) if _read_until(states[name], present.get(name)) < since]
    if not late:
        return ""
    return (
        f"{len(late)} of {len(states)} accounts were not read to the end for three intervals: "
        f"{_listed(late)}. Where a key is refused, a message of that account says so; else see whether Poe "
        "answers, and what waits in the queue of failed ticks. What was spent meanwhile is counted later; "
        "until then sums over all accounts say “at least”, and nothing is forecast of them"
    )


def _read_until(state: State | None, member: Member | None) -> datetime:
    """Tell up to when an account was read, or since when it waits for its first reading, or for the next."""
    began = (member.since if member else None) or (state.started_at if state else EPOCH)
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
        leads=(Lead.SECRET,) if news.left else (),
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
