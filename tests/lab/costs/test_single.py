import pytest

from lab.costs.bill import bill
from lab.costs.free import ALWAYS
from lab.costs.lambdas import Timed
from lab.costs.prices import Service
from lab.costs.single import MINUTES_A_MONTH, Month, Stack, charged, stored
from lab.costs.use import Use, Work

TIMED = Timed(start_ms=400, first_ms=100, later_ms=50, peak_mb=60)
STACK = Stack(metrics=4, alarms=5, dashboards=1)
TICK = Work(reads=10, writes=4, secret_calls=1, logged=1000, aws_calls=5, poe_calls=1)
TELLING = TICK + Work(writes=6, published=1, aws_calls=3)
MONTH = Month(
    minutes=60, memory_mb=1769, tick=TICK, telling=TELLING, day_bytes=2**20, timed=TIMED, stack=STACK
)
TICKS = 730


def test_a_month_has_so_many_ticks() -> None:
    """A twelfth of a year has 730 hours: each is an invocation by the scheduler."""
    use = MONTH.use()
    assert MINUTES_A_MONTH / 60 == TICKS
    assert (use.invocations, use.scheduled) == (TICKS, TICKS)


def test_ticks_are_charged_with_the_messages_among_them() -> None:
    """730 ticks write 4 units each, and the 100 that tell 6 more; each of these is published and mailed."""
    use = MONTH.use()
    assert use.reads == TICKS * 10
    assert use.writes == TICKS * 4 + 100 * 6
    assert use.secret_calls == TICKS
    assert (use.published, use.mails) == (100, 100)


def test_a_tick_is_billed_with_its_waiting() -> None:
    """400 ms of start, 100 ms of CPU, five calls of AWS and one of Poe are 1,050 ms, of 1,769 MB."""
    assert MONTH.use().gb_seconds == pytest.approx(TICKS * 1.05 * 1769 / 1024)


def test_a_warm_month_takes_less_time() -> None:
    """Without the start, and with the connections made, 600 ms are left."""
    warm = Month(**{**{name: getattr(MONTH, name) for name in MONTH.__struct_fields__}, "cold": False})
    assert warm.use().gb_seconds == pytest.approx(TICKS * 0.6 * 1769 / 1024)


def test_lambda_logs_lines_of_its_own() -> None:
    """A tick's 1,000 bytes and Lambda's 1,000 are 1.46 MB a month."""
    assert MONTH.use().logged_gb == pytest.approx(TICKS * 2000 / 2**30)


def test_a_table_keeps_its_days_and_their_backup() -> None:
    """400 days of a megabyte are 400/1024 GB, stored once and backed up once."""
    size = 400 / 1024
    assert stored(2**20) == Use(stored_gb=size, backed_up_gb=size)


@pytest.mark.parametrize(("minutes", "calls"), [(1, 8760), (5, 8760), (60, 730)])
def test_the_key_of_the_table_is_asked_for_every_five_minutes_at_most(minutes: int, calls: float) -> None:
    """Ticks a minute apart find it kept, ticks further apart do not."""
    assert STACK.use(minutes).key_calls == calls


def test_what_is_sent_to_poe_goes_to_the_internet() -> None:
    """A million pages of 3,000 bytes are 3 GB."""
    assert charged(Work(poe_calls=1_000_000)).sent_gb == pytest.approx(3)


def test_a_bill_by_hand() -> None:
    """The month above, reckoned line by line; the stack keeps 4 metrics, 5 alarms and a dashboard."""
    lines = bill(MONTH.use()).lines
    seconds = TICKS * 1.05 * 1769 / 1024
    sent = TICKS * 3000 / 1e9
    assert lines[Service.COMPUTE] == pytest.approx(
        TICKS * 0.20e-6 + TICKS * 1e-6 + seconds * 0.0000133334 + sent * 0.09
    )
    assert lines[Service.TABLE] == pytest.approx(
        7300 * 0.125e-6 + 3520 * 0.625e-6 + 400 / 1024 * 0.45 + 730 * 3e-6
    )
    assert lines[Service.SECRET] == pytest.approx(0.40 + 730 * 5e-6)
    assert lines[Service.TOPIC] == pytest.approx(100 * 0.5e-6 + 100 * 2e-5)
    assert lines[Service.QUEUE] == 0
    assert lines[Service.MONITORING] == pytest.approx(4.70)


def test_with_the_free_tiers_the_secret_and_the_units_are_left() -> None:
    """Of such a month only reads, writes, the backup, the secret and its calls are charged."""
    lines = bill(MONTH.use(), ALWAYS).lines
    assert lines[Service.COMPUTE] == lines[Service.MONITORING] == lines[Service.LOG] == 0
    assert lines[Service.TABLE] == pytest.approx(7300 * 0.125e-6 + 3520 * 0.625e-6 + 400 / 1024 * 0.20)
