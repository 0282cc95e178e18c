"""Much more than usual, and what drives it."""

from collections.abc import Sequence

from budget_alert.alerts import Mover, Spike, SpikeAlert
from budget_alert.messages.parts import Section, in_headline, note
from budget_alert.messages.plain import label
from budget_alert.messages.times import DAY, HOUR, at_length, day_and_time, last, span
from budget_alert.messages.wording import begin, name, number, points, quoted, worth

MOST_MOVERS = 5
LONGEST_NAME = 60
NO_KEY = "(no key)"
TWICE = 2


def section(alert: SpikeAlert) -> Section:
    """Tell how much came, how much is usual, and which bots and keys rose most."""
    spike = alert.spike
    return Section(
        headline=_headline(alert, spike),
        heading=label(alert),
        facts=_facts(alert, spike),
        movers=(
            *_risen("Accounts", spike.accounts),
            *_risen("Bots", spike.bots),
            *_risen("Keys", spike.keys, NO_KEY),
        ),
        advice=_todo(spike),
        note=note(alert),
    )


def _headline(alert: SpikeAlert, spike: Spike) -> str:
    least = "" if alert.complete else "at least "
    came = f"{least}{points(spike.points)} in the {_when(alert, spike)}"
    return f"{in_headline(alert.rule)}: {came}{_against_usual(spike)}"


def _when(alert: SpikeAlert, spike: Spike) -> str:
    length = last(spike.window.end - spike.window.start)
    if alert.counted_at - spike.window.end < HOUR:
        return f"last {length}"
    return f"{length} up to {day_and_time(spike.window.end, alert.zone)}"


def _against_usual(spike: Spike) -> str:
    if spike.usual <= 0:
        return _idle(spike) or "; the usual is nothing"
    usual = f"the usual {number(spike.usual)}"
    tenfold = spike.points * 10 // spike.usual
    if tenfold >= TWICE * 10:
        return f", {number(tenfold // 10)} times {usual}"
    return f", {tenfold / 10:g} times {usual}" if tenfold > 10 else f"; {usual}"  # noqa: PLR2004 - once


def _idle(spike: Spike) -> str:
    idle = spike.window.start - (spike.idle_since or spike.window.start)
    return f"; nothing was used here for {at_length(idle)}" if idle >= DAY else ""


def _facts(alert: SpikeAlert, spike: Spike) -> tuple[str, ...]:
    money = worth(spike.points, alert.usd_per_million_points)
    return (
        f"From {span(spike.window, alert.zone)}{money}",
        f"Usual at this time: {points(spike.usual) if spike.usual > 0 else 'nothing'}",
        f"You asked to hear from {points(spike.at_least)} and {spike.times.normalize():f} times the usual on",
    )


def _risen(what: str, movers: Sequence[Mover], nothing: str = "(unnamed)") -> tuple[str, ...]:
    if not movers:
        return ()
    shown = (f"{name(each.name, LONGEST_NAME, nothing)} {_rise(each)}" for each in movers[:MOST_MOVERS])
    return (f"{what} that rose most: {', '.join(shown)}",)


def _rise(mover: Mover) -> str:
    usually = number(mover.before) if mover.before > 0 else "nothing"
    return f"{number(mover.points)} (usually {usually})"


def _todo(spike: Spike) -> tuple[str, ...]:
    bot = quoted(spike.bots[0].name, LONGEST_NAME) if spike.bots else "the bot that spends most"
    keyed = [mover.name for mover in spike.keys[:1] if name(mover.name, nothing="")]
    key = f" with the key {quoted(keyed[0], LONGEST_NAME)}" if keyed else ""
    key += f" in the account {quoted(spike.accounts[0].name, LONGEST_NAME)}" if spike.accounts else ""
    return (
        begin(f"look at what uses {bot}{key}, and stop it if it has run away."),
        "If this is expected, raise “times” or “at_least” of the rule in the config.",
    )
