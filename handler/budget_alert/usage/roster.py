"""Who is monitored: a fact that is remembered, so that every change of it can be said."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache

import msgspec

from budget_alert.identity import ALONE, TOGETHER
from budget_alert.usage.state import FRESH, State

REKEYED = timedelta(minutes=10)
REMEMBERED = timedelta(days=400)
"""So long it is known who has left; usage is kept no longer."""
MOST_LEFT = 200
"""So many of those who have left are remembered, the last ones: the item holds those that are there, too."""
MOST_LOOKED_AT = 90
"""So many accounts that have left are looked at for alerts in one tick, in one call."""


class Member(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account: since when it is monitored, when it was first known to be read whole, when it left.

    `key` is a fingerprint of its key, "" where that could not be used; `keyed_at` is when that took the place
    of another one. `twin` names an account that was seen to be the same.
    """

    since: datetime
    key: str = ""
    read_at: datetime | None = None
    left_at: datetime | None = None
    keyed_at: datetime | None = None
    twin: str = ""

    def is_newly_keyed(self, now: datetime) -> bool:
        """Tell whether a tick may still go by the key before, which a process keeps for a few minutes."""
        return self.keyed_at is not None and now - self.keyed_at < REKEYED


class Roster(msgspec.Struct, frozen=True, kw_only=True):
    """The accounts that the secret named when it could last be read, and those that it named before.

    `several` says whether they are the secret's `accounts`, or the only one. `unsent` names the accounts that
    have left, `all` among them, whose alerts may still wait; the first of them are looked at next.
    """

    several: bool
    members: dict[str, Member] = {}
    unsent: tuple[str, ...] = ()

    @property
    def present(self) -> dict[str, Member]:
        """The accounts that are monitored now."""
        return {name: member for name, member in self.members.items() if member.left_at is None}

    def absent(self, now: datetime) -> Callable[[datetime], frozenset[str]]:
        """Give what names the accounts that were not read whole when a window closed: it does not count them.

        A window that is open at `now` counts everybody.
        """
        late = {name: one.read_at for name, one in self.present.items()}

        # Rolling windows ask for many ends, each of them for every rule.
        @cache
        def names(end: datetime) -> frozenset[str]:
            if end > now:
                return frozenset()
            return frozenset(name for name, read_at in late.items() if read_at is None or read_at > end)

        return names


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """What a tick finds: the keys' fingerprints by account, as the secret names them, and their states.

    `alone` is the state of the only account that there was before there were several.
    """

    keys: Mapping[str, str]
    several: bool
    states: Mapping[str, State | None]
    alone: State | None = None


def enrolled(known: Roster | None, named: Named, summed_at: datetime | None, now: datetime) -> Roster | None:
    """Bring a roster up to date; None where there was and is only one account.

    `summed_at` is when the accounts were last summed: whom a release without a roster counted then has been
    a member all along.
    """
    if known is None and not named.several:
        return None
    known = known or _of_old_table(named, summed_at)
    there = {
        name: _keyed(_present(known, name, named, now), known.members.get(name), now) for name in named.keys
    }
    gone = {
        name: member if member.left_at else msgspec.structs.replace(member, left_at=now)
        for name, member in known.members.items()
        if name not in there
    }
    left = [name for name in gone if name in known.present]
    left += [TOGETHER] if known.several and not named.several else []
    kept = [(name, one) for name, one in gone.items() if one.left_at and now - one.left_at < REMEMBERED]
    kept = sorted(kept, key=lambda each: each[1].left_at or now)[-MOST_LEFT:]
    unsent = [name for name in dict.fromkeys((*known.unsent, *left)) if _may_have_unsent(name, named)]
    # Where there are many, those that were looked at and wait on take their turn behind the others.
    unsent.sort(key=lambda name: name in named.states)
    return Roster(several=named.several, members={**dict(kept), **there}, unsent=tuple(unsent))


def _may_have_unsent(name: str, named: Named) -> bool:
    """Tell whether nobody else sends what waits there; one that was looked at and has nothing is done."""
    if name in named.keys or (name == TOGETHER and named.several):
        return False
    state = named.states.get(name)
    return name not in named.states or (state is not None and state.outbox_since is not None)


def _of_old_table(named: Named, summed_at: datetime | None) -> Roster:
    """Give who was monitored before there was a roster."""
    members: dict[str, Member] = {}
    for name, state in {ALONE: named.alone, **{name: named.states.get(name) for name in named.keys}}.items():
        if state:
            counted_before = summed_at is not None and state.started_at <= summed_at
            read_at = state.started_at if counted_before else state.completed_at
            members[name] = Member(since=state.started_at, read_at=read_at)
    return Roster(several=True, members=members)


def _present(roster: Roster, name: str, named: Named, now: datetime) -> Member:
    known, key = roster.members.get(name), named.keys[name]
    state = named.states.get(name)
    completed = state.completed_at if state else None
    if known is None or known.left_at is not None:
        # Who comes back, under the same name, is counted from when it is read again.
        since = (known.left_at if known else None) or now - FRESH
        read_at = completed if completed and completed > since else None
        return Member(since=now, key=key, read_at=_read_by_another_name(roster, key, named) or read_at)
    first = completed if completed and completed >= known.since else None
    return msgspec.structs.replace(known, key=key or known.key, read_at=known.read_at or first)


def _read_by_another_name(roster: Roster, key: str, named: Named) -> datetime | None:
    """Tell when a renamed account was first read: without it, closed windows would lose what they had."""
    before = (
        one.read_at for name, one in roster.present.items() if name not in named.keys and one.key == key
    )
    return next(before, None) if key else None


def _keyed(member: Member, before: Member | None, now: datetime) -> Member:
    if before is None or not before.key or before.key == member.key:
        return member
    return msgspec.structs.replace(member, keyed_at=now, twin="")


class Changes(msgspec.Struct, frozen=True):
    """What is new about who is monitored; `renamed` are pairs of the old name and the new."""

    joined: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()


def changes(before: Roster | None, after: Roster | None) -> Changes:
    """Tell what has changed; that all of the first several accounts are monitored, their welcomes say."""
    known, now = (before.present if before else {}), (after.present if after else {})
    everyone = after.members if after else {}
    alone = {ALONE: everyone[ALONE]} if before is None and ALONE in everyone else {}
    left = {name: one for name, one in (known or alone).items() if name not in now}
    joined = {name: now[name] for name in now if before is not None and name not in known}
    by_key = {member.key: name for name, member in joined.items() if member.key}
    renamed = {name: by_key[one.key] for name, one in left.items() if one.key in by_key}
    return Changes(
        joined=tuple(sorted(joined.keys() - set(renamed.values()))),
        left=tuple(sorted(left.keys() - renamed.keys())),
        renamed=tuple(sorted(renamed.items())),
    )


def paired(roster: Roster, pairs: Iterable[tuple[str, str]], now: datetime) -> Roster:
    """Remember who is the same, for as long as both have the keys that this was seen with.

    Nothing is concluded of an account that has just got another key: what it has read may be by the old one.
    """
    settled = {name for name, one in roster.present.items() if not one.is_newly_keyed(now)}
    seen = {other: first for first, other in pairs if {first, other} <= settled}
    members = {
        name: msgspec.structs.replace(one, twin=seen.get(name) or (one.twin if one.twin in settled else ""))
        for name, one in roster.members.items()
    }
    return msgspec.structs.replace(roster, members=members)
