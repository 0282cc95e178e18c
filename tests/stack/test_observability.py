"""Tests of the alarms: each looks at something that there is, and reaches in time who listens."""

from typing import Any

import pytest

from tests.stack.deployed import USUAL, Deployed, source
from tests.stack.emitted import Metric, of_a_failed_tick, of_a_good_tick, of_aws, of_several_accounts
from tests.stack.runbook import anchor, entries

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
    """The alarms are those that the runbook knows, and five at most."""
    assert set(alarms()) == {anchor(heading) for heading in entries("Alarms")}
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


def test_failing_ticks_alarm_after_three_intervals_of_three() -> None:
    """Errors in each of three intervals raise it, and intervals without a tick do not end it."""
    alarm = alarms()["ticks-fail"]
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (3, 3)
    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == (
        "Sum",
        "GreaterThanThreshold",
        0,
    )
    assert alarm["TreatMissingData"] == "ignore"


@pytest.mark.parametrize("minutes", INTERVALS)
def test_silence_alarms_after_three_intervals(minutes: int) -> None:
    """No success in three intervals raises it, nothing at all too; but not before the first ticks' time."""
    alarm = alarms(minutes)["no-successful-tick"]
    assert (alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]) == (3, 3)
    assert (alarm["Statistic"], alarm["ComparisonOperator"], alarm["Threshold"]) == (
        "Sum",
        "LessThanThreshold",
        1,
    )
    assert alarm["TreatMissingData"] == "breaching"
    assert alarm["WarmUpConfiguration"]["WarmUpPeriodDurationInMinutes"] > 3 * minutes


@pytest.mark.parametrize("partition", ["aws-cn", "aws-us-gov"])
def test_no_alarm_asks_for_what_a_region_may_lack(partition: str) -> None:
    """Outside of AWS's main partition no alarm has a time to warm up; all else of it is the same."""
    there, here = alarms(partition=partition), alarms()
    warm = here["no-successful-tick"].pop("WarmUpConfiguration")
    assert warm
    assert there == here


@pytest.mark.parametrize("minutes", INTERVALS)
def test_a_pending_alert_alarms_after_half_an_hour_or_three_intervals(minutes: int) -> None:
    """The longer of the two is waited for; then one look is enough."""
    alarm = alarms(minutes)["alerts-pending"]
    assert (alarm["Statistic"], alarm["ComparisonOperator"]) == ("Maximum", "GreaterThanThreshold")
    assert (alarm["Threshold"], alarm["EvaluationPeriods"]) == (max(30, 3 * minutes), 1)
    assert alarm["TreatMissingData"] == "ignore"


@pytest.mark.parametrize("minutes", INTERVALS)
def test_what_is_newly_undelivered_alarms_and_ends_by_itself(minutes: int) -> None:
    """One message sent in the last half hour or two intervals raises it, an old one in the queue does not."""
    alarm = alarms(minutes)["ticks-undelivered"]
    assert metric_of(alarm)[:2] == ("AWS/SQS", "NumberOfMessagesSent")
    assert (alarm["DatapointsToAlarm"], alarm["Threshold"], alarm["ComparisonOperator"]) == (
        1,
        0,
        "GreaterThanThreshold",
    )
    assert alarm["EvaluationPeriods"] == max(2, 30 // minutes)
    assert alarm["TreatMissingData"] == "notBreaching"


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


@pytest.mark.parametrize("minutes", INTERVALS)
def test_a_backlog_that_does_not_end_alarms(minutes: int) -> None:
    """A lag of more than six hours raises it: longer than three intervals, which others see."""
    alarm = alarms(minutes)["counting-lags"]
    assert (alarm["Statistic"], alarm["ComparisonOperator"]) == ("Maximum", "GreaterThanThreshold")
    assert alarm["Threshold"] == 360 > 3 * minutes


def test_no_alarm_costs_more_than_the_plain_ones() -> None:
    """Metric math, anomaly detection and periods under a minute would cost more."""
    for alarm in alarms().values():
        assert not {"Metrics", "ThresholdMetricId", "ExtendedStatistic"} & set(alarm)
