import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import msgspec
import pytest

from budget_alert.errors import RateLimitedError
from budget_alert.instants import MICROSECOND
from budget_alert.poe.client import unavailable
from budget_alert.usage.state import RETENTION
from poe_budget.cli.save import Saved
from poe_budget.errors import line_of
from poe_budget.past.pages import ReadPage
from poe_budget.past.poe import PATIENCE, PatientPoe
from poe_budget.past.saved import load
from standins import poe_faults
from standins.loopback import Asked
from standins.poe_faults import Fault
from standins.simulated_poe import SimulatedPoe
from tests.cli.running import KEY, PATH, PROGRAM, hourly, one_line, points, run, served, spent
from tests.cli.test_reading import Answers, page_of

REFUSED = poe_faults.status(401)
FIRST_PAGES = [None, None, None]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give the name of a file that is not there yet."""
    return tmp_path / "history.jsonl"


def test_a_history_is_saved_for_its_owner_only(file: Path) -> None:
    """All that Poe lists is in the file, said in a line or as a report, and nobody else may read it."""
    with served(hourly(600)) as environ:
        ended, report = run("save", file, **environ), run("save", file, "--json", **environ)
    assert (ended.status, ended.err, report.err) == (0, "", "")
    assert f"{file} holds 600 entries, from " in ended.out
    assert points(file) == 6_000
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    history, saved = load(file), msgspec.json.decode(report.out, type=Saved, strict=True)
    assert saved == Saved(file=str(file), entries=600, start=history.start, end=history.end, notes=())


def test_notes_on_what_was_saved(file: Path) -> None:
    """What is lost between two parts of a file is noted: on stderr for people, in the JSON for programs."""
    with served(hourly(600)) as environ:
        run("save", file, **environ)
        header, *pages = file.read_bytes().splitlines(keepends=True)
        old = msgspec.json.decode(pages[-1], type=ReadPage)
        past = RETENTION // MICROSECOND
        older = msgspec.structs.replace(
            old, read_at=old.read_at - past, top=old.top - past, bottom=old.bottom - past, last_id=None
        )
        file.write_bytes(header + b"".join(pages) + msgspec.json.encode(older) + b"\n")
        people, programs = run("save", file, **environ), run("save", file, "--json", **environ)
    saved = msgspec.json.decode(programs.out, type=Saved, strict=True)
    assert "though some of it was read" in people.err
    assert (people.err, programs.err) == (f"Note: {saved.notes[0]}.\n", "")


def test_an_interrupted_save_goes_on(file: Path) -> None:
    """What was read before Poe failed is kept, and the same command reads the rest and what is new."""
    poe = hourly(600)
    with served(poe) as environ:
        poe.faults.queue(*FIRST_PAGES, REFUSED)
        failed = run("save", file, **environ)
        assert failed.status == 1
        assert (
            failed.err.splitlines()[0] == f"What was read is in {file}: the same command goes on from there."
        )
        assert "Poe refused the API key (HTTP 401); make a new key" in failed.err.splitlines()[1]
        assert points(file) == 3_000 - 10
        poe.requests.clear()
        poe.add(spent(0.1, 5))
        assert run("save", file, **environ).status == 0
    assert points(file) == 6_005
    # One page from the head reaches back over a day; three were left.
    assert len(poe.requests) == 1 + 3


def test_a_killed_save_loses_nothing(file: Path) -> None:
    """A process that is killed leaves whole pages behind, and the next one goes on after them."""
    poe = hourly(600)
    killed: list[int] = []

    def kill(_: Asked) -> Fault | None:
        if len(poe.requests) == 4 and not killed:
            killed.append(running.pid)
            running.send_signal(signal.SIGKILL)
        return None

    poe.faults.rule(kill)
    with served(poe) as environ:
        with subprocess.Popen(
            [*PROGRAM, "save", str(file)], env={**os.environ, **environ, "PYTHONPATH": PATH}
        ) as running:
            assert running.wait() == -signal.SIGKILL
        assert 1 + 3 <= len(file.read_bytes().splitlines()) <= 1 + 4
        assert run("save", file, **environ).status == 0
    assert points(file) == 6_000


def test_half_a_line_is_read_again(file: Path) -> None:
    """What a crash cut off in the middle of a page counts as not read."""
    with served(hourly(600)) as environ:
        run("save", file, **environ)
        whole = file.read_bytes()
        file.write_bytes(whole[:-100])
        noted = run("export", "--file", file, "--by", "type")
        assert "for not all of it was read; `poe-budget save" in noted.err
        assert run("save", file, **environ).status == 0
    assert points(file) == 6_000
    assert file.read_bytes().endswith(b"\n")


def test_files_of_earlier_times_go_on(file: Path) -> None:
    """One that was made beforehand and is empty, and one whose header does not name the sample."""
    file.touch()
    with served(hourly(10)) as environ:
        assert run("save", file, **environ).status == 0
        whole = file.read_bytes()
        file.write_bytes(whole.replace(b',"sample":false', b"", 1))
        assert file.read_bytes() != whole
        assert run("save", file, **environ).status == 0
    assert points(file) == 100


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'timezone = "UTC"\n', "is no history that `poe-budget save` has made; name another file"),
        (b"\xff\xfe", "is no history"),
        (b'{"format": "something else", "version": 1}\n', "is no history"),
        (b'{"format": "poe-budget history", "version": 2}\n', "was saved by a newer version of poe-budget"),
    ],
)
def test_a_foreign_file_is_left_alone(file: Path, content: bytes, words: str) -> None:
    """What is no saved history of this version is neither read nor written to."""
    file.write_bytes(content)
    with served(hourly(10)) as environ:
        for ended in (run("save", file, **environ), run("export", "--file", file)):
            assert ended.status == 1
            assert words in one_line(ended)
    assert file.read_bytes() == content


def test_the_sample_is_not_mixed_with_what_is_yours(file: Path) -> None:
    """Nothing is added to a file that holds the sample, and no request is made for it."""
    assert "from 1 Oct 2026 00:00 to 1 Nov 2026 00:00 UTC." in run("save", "--sample", file).out
    before = file.read_bytes()
    poe = hourly(10)
    with served(poe) as environ:
        ended = run("save", file, **environ)
    assert ended.status == 2
    assert one_line(ended) == f"poe-budget: {file} holds the sample, not your usage; name another file"
    assert (file.read_bytes(), poe.requests) == (before, [])


@pytest.mark.parametrize("damage", [b"x", b'{"read_at": "now"}', b"\xff"])
def test_a_damaged_line_is_named(file: Path, damage: bytes) -> None:
    """A line that cannot be read is named; without it, what it held is read again."""
    with served(hourly(600)) as environ:
        run("save", file, **environ)
        lines = file.read_bytes().splitlines()
        file.write_bytes(b"\n".join([*lines[:3], damage, *lines[4:], b""]))
        ended = run("export", "--file", file)
        assert ended.status == 1
        assert f"line 4 of {file} is damaged; delete that line" in one_line(ended)
        file.write_bytes(b"\n".join([*lines[:3], *lines[4:], b""]))
        assert run("save", file, **environ).status == 0
    assert points(file) == 6_000


def test_what_cannot_begin_leaves_no_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is missing, a key that is refused and an address of nobody are one line each."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with served(SimulatedPoe(keys=["another"])) as environ:
        refused = run("save", file, **environ)
        missing = run(
            "save", file.parent / "missing" / "history.jsonl", **{**environ, "POE_API_KEY": "another"}
        )
    nobody = run("save", file, **environ)
    assert (refused.status, missing.status, nobody.status) == (1, 1, 1)
    assert one_line(refused) == (
        "poe-budget: Poe refused the API key (HTTP 401); make a new key at https://poe.com/api_key and set "
        "POE_API_KEY to it"
    )
    assert one_line(missing).endswith("history.jsonl cannot be used: No such file or directory")
    assert one_line(nobody) == (
        "poe-budget: Poe cannot be reached: check your connection, then run the same command again"
    )
    assert list(file.parent.iterdir()) == []


@pytest.mark.parametrize("what", ["ReadTimeoutError", "HTTP 503"])
def test_a_poe_that_is_away_is_not_one_out_of_reach(what: str) -> None:
    """Where there was an answer, or the beginning of one, one has to wait."""
    words = f"Poe is not available ({what}); run the same command again later"
    assert line_of(unavailable(what), {}) == f"poe-budget: {words}"


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "POE_API_KEY is not set: set it to a key from https://poe.com/api_key"),
        ({"POE_API_KEY": "two words"}, "POE_API_KEY holds no usable key"),
        ({"POE_API_KEY": '{"poe_api_key": 5, "x": "' + KEY + '"}'}, "POE_API_KEY holds no usable key"),
        ({"POE_API_KEY": KEY, "POE_API_URL": "http://poe.example"}, "POE_API_URL must be an https address"),
    ],
)
def test_an_environment_that_cannot_work_is_wrong_use(
    file: Path, environ: dict[str, str], words: str
) -> None:
    """No key, no usable key, or an address to which a key must not go: status 2, and no request."""
    ended = run("save", file, **environ)
    assert ended.status == 2
    assert words in one_line(ended)
    assert "no usable" not in words or "Traceback" in run("save", file, "--debug", **environ).err


def test_poe_is_given_the_time_that_it_asks_for() -> None:
    """After too many requests the same page is asked for a minute later, some times but not for ever."""
    waited: list[float] = []
    few = Answers(*[RateLimitedError("429")] * PATIENCE, page_of())
    assert PatientPoe(few, waited.append).page("row").is_last
    assert waited == [60.0] * PATIENCE
    assert set(few.asked) == {"row"}
    many = Answers(*[RateLimitedError("429")] * (PATIENCE + 1))
    with pytest.raises(RateLimitedError):
        PatientPoe(many, waited.append).page(None)
