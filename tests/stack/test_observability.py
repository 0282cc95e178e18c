"""Tests of the alarms: each looks at something that there is, and reaches in time who listens."""

from typing import Any

import pytest

from tests.stack.deployed import USUAL, Deployed, source
from tests.stack.emitted import Metric, of_a_failed_tick, of_a_good_tick, of_aws, of_several_accounts

INTERVALS = source()["Parameters"]["IntervalMinutes"]["AllowedValues"]
DAY_SECONDS = 24 * 3600
CUSTOM = "PoeBudgetAlert"
QUEUES = {"false": "UndeliveredTicks", "true": "FailedTicks"}


def alarms(minutes: int = 5, fan_out: str = "false", partition: str = "aws") -> dict[str, Any]:
    """Return the alarms of a stack with that interval, by the names that end theirs."""
    place = {"AWS::Partition": partition}
    nested = Deployed(**USUAL, **place, IntervalMinutes=minutes, FanOut=fan_out).observability()
    every = [
        nested.properties(name) for name, one in nested.resources().items() if one["Type"].endswith("Alarm")
    ]
    return {one["AlarmName"].removeprefix("watch/"): one for one in every}


def metric_of(alarm: Any) -> Metric:
    """Return the metric that an alarm looks at."""
    dimensions = tuple((one["Name"], one["Value"]) for one in alarm["Dimensions"])
    return alarm["Namespace"], alarm["MetricName"], dimensions


@pytest.mark.parametrize(("fan_out", "queue"), QUEUES.items())
def test_every_alarm_looks_at_a_metric_that_is_emitted(fan_out: str, queue: str) -> None:
    """Namespace, name and dimensions are ones that the function writes, or AWS has of this stack."""
    _, written = of_a_good_tick()
    assert {metric_of(one) for one in alarms(fan_out=fan_out).values()} <= written | of_aws(queue)


def test_the_function_writes_four_metrics_under_one_dimension() -> None:
    """A metric more, or a dimension more, would cost money in every month."""
    _, written = of_a_good_tick()
    names = ("LagMinutes", "PendingMinutes", "SuccessfulTicks", "UnexplainedPoints")
    assert written == {(CUSTOM, name, (("service", "watch"),)) for name in names}


@pytest.mark.parametrize("fans_out", [False, True])
def test_of_several_accounts_only_all_together_succeed(*, fans_out: bool) -> None:
    """One success an interval is written however many accounts there are, with no dimension more."""
    names = of_several_accounts(fans_out=fans_out)
    assert names.count("SuccessfulTicks") == 1
    assert len(names) == 3 * 3 + 1


def test_a_failed_tick_is_not_a_successful_one() -> None:
    """A tick that raises writes all but that it succeeded, so that its silence is heard."""
    names = {"LagMinutes", "PendingMinutes", "UnexplainedPoints"}
    assert {name for _, name, _ in of_a_failed_tick()} == names


def test_there_are_five_alarms() -> None:
    """More than five would cost money in every month."""
    assert len(alarms()) <= 5


@pytest.mark.parametrize("name", alarms())
def test_an_alarm_tells_the_topic_of_its_beginning_and_end(name: str) -> None:
    """Both go to the topic, and no alarm is switched off."""
    alarm = alarms()[name]
    assert (alarm["AlarmActions"], alarm["OKActions"]) == (["Topic"], ["Topic"])
    assert "ActionsEnabled" not in alarm


@pytest.mark.parametrize("fan_out", QUEUES)
@pytest.mark.parametrize("name", alarms())
def test_an_alarm_says_in_one_sentence_what_it_means_and_where_to_read_on(name: str, fan_out: str) -> None:
    """The description is one sentence that ends at the alarm's own heading in the runbook."""
    description = alarms(fan_out=fan_out)[name]["AlarmDescription"]
    assert description.endswith(f"; see infra/docs/runbook.md#{name} in the repository.")
    assert ". " not in description


@pytest.mark.parametrize("minutes", INTERVALS)
def test_every_alarm_looks_once_in_an_interval(minutes: int) -> None:
    """The period is the interval, one that CloudWatch takes, and what is looked back on is at most a day."""
    for alarm in alarms(minutes).values():
        assert alarm["Period"] == minutes * 60
        assert alarm["Period"] * alarm["EvaluationPeriods"] <= DAY_SECONDS


@pytest.mark.parametrize("minutes", INTERVALS)
@pytest.mark.parametrize("name", alarms())
def test_an_alarm_begins_and_ends_when_it_should(name: str, minutes: int) -> None:
    """After three intervals of three, or at what comes first where one look is enough."""
    alarm = alarms(minutes)[name]
    names = (
        "Statistic",
        "ComparisonOperator",
        "Threshold",
        "TreatMissingData",
        "EvaluationPeriods",
        "DatapointsToAlarm",
    )
    assert tuple(alarm.get(each) for each in names) == looks(minutes)[name]


def looks(minutes: int) -> dict[str, tuple[object, ...]]:
    """Say what each alarm looks at: the figure, when it is bad, no data, how many looks, how many bad ones.

    Intervals without a tick do not end that ticks fail, and are what no successful tick is about. An alert
    waits for half an hour or three intervals. An undelivered tick is new for half an hour or two intervals. A
    lag of six hours is longer than three intervals, which others see.
    """
    assert 3 * minutes < 360
    return {
        "ticks-fail": ("Sum", "GreaterThanThreshold", 0, "ignore", 3, 3),
        "no-successful-tick": ("Sum", "LessThanThreshold", 1, "breaching", 3, 3),
        "alerts-pending": ("Maximum", "GreaterThanThreshold", max(30, 3 * minutes), "ignore", 1, None),
        "ticks-undelivered": ("Sum", "GreaterThanThreshold", 0, "notBreaching", max(2, 30 // minutes), 1),
        "counting-lags": ("Maximum", "GreaterThanThreshold", 360, "ignore", 1, None),
    }


@pytest.mark.parametrize("minutes", INTERVALS)
def test_silence_does_not_alarm_before_the_first_ticks_have_had_their_time(minutes: int) -> None:
    """A new stack warms up for longer than the three intervals that silence takes."""
    alarm = alarms(minutes)["no-successful-tick"]
    assert alarm["WarmUpConfiguration"]["WarmUpPeriodDurationInMinutes"] > 3 * minutes


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_no_alarm_asks_for_what_a_region_may_lack(partition: str) -> None:
    """Outside of AWS's main partition no alarm has a time to warm up; all else of it is the same."""
    there, here = alarms(partition=partition), alarms()
    warm = here["no-successful-tick"].pop("WarmUpConfiguration")
    assert warm
    assert there == here


def test_an_undelivered_tick_counts_when_it_is_sent() -> None:
    """An old one in the queue does not keep the alarm on."""
    assert metric_of(alarms()["ticks-undelivered"])[:2] == ("AWS/SQS", "NumberOfMessagesSent")


@pytest.mark.parametrize("minutes", INTERVALS)
def test_where_accounts_wait_in_a_queue_what_was_put_aside_alarms(minutes: int) -> None:
    """What lies in the queue of failed ticks raises it: SQS does not count as sent what it moves there."""
    alarm, plain = (alarms(minutes, fan_out)["ticks-undelivered"] for fan_out in ("true", "false"))
    assert metric_of(alarm) == (
        "AWS/SQS",
        "ApproximateNumberOfMessagesVisible",
        (("QueueName", "FailedTicks.QueueName"),),
    )
    assert alarm["Statistic"] == "Maximum"
    differing = {"AlarmDescription", "Dimensions", "MetricName", "Statistic"}
    assert {name for name in alarm if alarm[name] != plain[name]} == differing


def test_the_other_alarms_know_no_modes() -> None:
    """But for what was put aside, the same alarms look at the same, queue or none."""
    with_queue, without = alarms(fan_out="true"), alarms()
    assert {name for name in without if with_queue[name] != without[name]} == {"ticks-undelivered"}
    assert set(with_queue) == set(without)


def test_no_alarm_costs_more_than_the_plain_ones() -> None:
    """Metric math, anomaly detection and periods under a minute would cost more."""
    for alarm in alarms().values():
        assert not {"Metrics", "ThresholdMetricId", "ExtendedStatistic"} & set(alarm)
