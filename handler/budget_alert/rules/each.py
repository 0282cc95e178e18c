"""A rule for each API key or bot: one rule a value while it is evaluated, and one item in what is kept."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice

import msgspec

from budget_alert.config.periods import Window
from budget_alert.identity import BETWEEN, key_of
from budget_alert.rules.decision import Notice
from budget_alert.rules.evaluation import Evaluation
from budget_alert.rules.notified import Notified
from budget_alert.rules.windows import RuleWindows, Windowed

MOST_FOLLOWED = 100
"""So many keys or bots of a rule for each have limits of their own: those that spent most."""
MOST_KEPT = 1_000
"""Of so many of them at most it is kept what was notified, so that an item of the table holds it."""


def parted(evaluation: Evaluation) -> Evaluation:
    """Put beside each rule for every key or bot the rules of those that spent most, or were notified."""
    notified = dict(evaluation.notified)
    budgets = tuple(one for each in evaluation.budgets for one in _parted(evaluation, each, notified))
    spikes = tuple(one for each in evaluation.spikes for one in _parted(evaluation, each, notified))
    if (budgets, spikes) == (evaluation.budgets, evaluation.spikes):
        return evaluation
    return msgspec.structs.replace(evaluation, budgets=budgets, spikes=spikes, notified=notified)


def put_together(notices: Iterable[Notice], known: Mapping[str, Notified]) -> Iterator[Notice]:
    """Keep what was notified of all values of a rule as one, as each notice with an alert leaves it.

    So a crash between two of them leaves out none. Changes without an alert cost no notice each.
    """
    latest = {key: dict(notified.values) for key, notified in known.items()}
    silent: dict[str, Notice] = {}
    for notice in notices:
        key, _, value = notice.key.partition(BETWEEN)
        if not value:
            yield notice
            continue
        values = latest.setdefault(key, {})
        values[value] = notice.notified
        kept = {each: notified for each, notified in values.items() if notified.crossings}
        whole = Notice(key, Notified(values=kept), notice.alert)
        if notice.alert:
            silent.pop(key, None)
            yield whole
        else:
            silent[key] = whole
    yield from silent.values()


def _parted(
    evaluation: Evaluation, each: RuleWindows[Windowed], notified: dict[str, Notified]
) -> Iterator[RuleWindows[Windowed]]:
    """Give a rule, and those of its values; what was notified of these is put into `notified`."""
    yield each
    if not each.rule.each:
        return
    values = _followed(evaluation, each)
    for key in each.keys:
        of_all = notified.get(key, Notified()).values
        of_these = {value: of_all[value] for value in values if value in of_all}
        if of_all:
            notified[key] = Notified(values=of_these)
        notified |= {key_of(key, value): one for value, one in of_these.items()}
    for value in values:
        yield RuleWindows(msgspec.structs.replace(each.rule, value=value), each.windows)


def _followed(evaluation: Evaluation, each: RuleWindows[Windowed]) -> list[str]:
    """Name the keys or bots with limits of their own, those first that spent most in the present window."""
    windows = _apart(each.windows)
    now, *earlier = (evaluation.spent_by_each(each.rule, one.start, one.end) for one in windows)
    # What was notified may have to be re-armed, whatever is spent now.
    known = {value for key in each.keys for value in evaluation.notified.get(key, Notified()).values}
    before = [value for value in (*now, *sorted(known)) if value in known]
    most = [islice(spent, MOST_FOLLOWED) for spent in (now, *earlier)]
    return list(islice(dict.fromkeys(chain(most[0], before, *most[1:])), MOST_KEPT))


def _apart(windows: Sequence[Window]) -> list[Window]:
    """Choose windows that do not overlap, and the oldest, newest first: after an outage others spent most."""
    found = [windows[-1]]
    for window in reversed(windows):
        if window.end <= found[-1].start:
            found.append(window)
    return [*found, windows[0]] if found[1:] else found
