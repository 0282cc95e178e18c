"""The look of what people get, whole, to be reviewed in one place."""

import json
from datetime import UTC, datetime
from typing import Any

from budget_alert.alerts import Reason, Severity
from budget_alert.channels.blocks import payload
from budget_alert.channels.mail import body
from budget_alert.channels.qdeveloper import notification
from budget_alert.channels.sms import sms
from budget_alert.outlook.foreseen import Forecast
from tests.support.telling import alert, health, standing, told, welcome

FORECAST = Forecast(
    level=1_000_000,
    chance=0.829,
    expected=1_240_000,
    low=1_100_000,
    high=1_400_000,
    earliest=datetime(2026, 11, 26, 9, tzinfo=UTC),
    latest=datetime(2026, 11, 26, 21, tzinfo=UTC),
)
KNOWN = standing(
    forecast=FORECAST,
    next_threshold="100%",
    next_points=1_000_000,
    daily=(20_000, 61_230, 0, 33_000, 41_000, 38_000, 52_000),
)
TITLE = "82 % of your monthly budget “Everything” is used, 3 days early"
MAIL = f"""\
{TITLE}

Budget “Everything”
████████████████░░░░ 82 % used
▃█▁▄▅▅▆ last 7 days, up to 61,230 points a day
820,000 of 1,000,000 points, about $24.60 of $30.00
180,000 points left, about $5.40
Pace: 38,269 points a day so far; the budget allows 33,333
Likely gone on Thursday 26 Nov between 09:00 and 21:00, 82 % sure
By 1 Dec 00:00 about 1,240,000 points (124 %), about $37.20; likely 1,100,000 to 1,400,000
Reached the threshold of 80 % (800,000 points); next alert at 100 % (1,000,000 points)
Calendar month, 1 Nov 00:00 to 1 Dec 00:00 (Europe/London)
Top bots: Claude-Opus-4.5 61 %, GPT-5 24 %

What to do next:
- Look at what “Claude-Opus-4.5” does.
- If this is expected, raise “points” or “alert_at” of the budget in the config.

Counted 22 Nov 2026 10:15 (Europe/London), nothing missing

Poe's usage page: https://poe.com/points_history
🟡 Warning · account default"""
WELCOME_MAIL = """\
The watch on your Poe points is on

Where every budget stands
████████████████████ 123 % of “Chat”: 1,233,770 of 1,000,000 points
████████████████░░░░ 82 % of “Everything”: 820,000 of 1,000,000 points, \
likely gone on Thursday 26 Nov between 09:00 and 21:00 (82 % sure)

Counted 22 Nov 2026 10:15 (Europe/London), nothing missing

Poe's usage page: https://poe.com/points_history
🔵 Info · account default"""
SEVERAL_MAIL = """\
At least 123 % of your monthly budget “Chat” is used, with 8 days to go; also “New”

At least 123 % of your monthly budget “Chat” is used, with 8 days to go
████████████████████ at least 123 % used
At least 1,233,770 of 1,000,000 points, about $37.01 of $30.00
At least 233,770 points over the limit, about $7.01
Pace: at least 57,579 points a day so far; the budget allows 33,333
Reached the threshold of 80 % (800,000 points)
Calendar month, 1 Nov 00:00 to 1 Dec 00:00 (Europe/London)
Top bots: Claude-Opus-4.5 40 %, GPT-5 16 %

What to do next:
- Pause “Claude-Opus-4.5” or move it to a cheaper model.
- Or raise “points” of the budget in the config.
- Or set its “snooze_until” to a date, to hear nothing more until then.

Counted 22 Nov 2026 10:15 (Europe/London); at least, because part of the usage is not read yet

────────────────────

New or changed: 82 % of your monthly budget “New” is used already
82 % used, 820,000 of 1,000,000 points, about $24.60 of $30.00; \
what it has passed already is not told again

Poe's usage page: https://poe.com/points_history
🔴 Critical · account default"""
HEALTH_MAIL = """\
Poe refuses the API key, so nothing is counted

Health of the watch

What to do next:
- Put a valid key into the secret.

Seen 22 Nov 2026 10:15 (Europe/London)

Poe's usage page: https://poe.com/points_history
🔴 Critical · account default"""


def test_the_mail_of_one_budget() -> None:
    """A mail reads from the outcome to what to do next, and ends with where to look further."""
    assert body(told(alert(KNOWN))) == MAIL


def test_the_mail_of_a_welcome() -> None:
    """The first mail shows where every budget stands, and how it will end."""
    assert body(told(welcome(KNOWN, standing("Chat", 1_233_770)))) == WELCOME_MAIL


def test_the_mail_of_several_alerts() -> None:
    """Several alerts follow each other, the most severe first, each as short as it can be."""
    already = alert(standing("New"), reason=Reason.ALREADY, severity=Severity.INFO)
    over = alert(standing("Chat", 1_233_770, complete=False), severity=Severity.CRITICAL)
    assert body(told(already, over)) == SEVERAL_MAIL


def test_the_mail_of_a_trouble() -> None:
    """A trouble of the watch says what to do."""
    trouble = health(
        Severity.CRITICAL,
        "Poe refuses the API key, so nothing is counted",
        "Put a valid key into the secret.",
    )
    assert body(told(trouble)) == HEALTH_MAIL


def test_the_slack_message_of_one_budget() -> None:
    """Slack shows the outcome as a header, bar and facts as one block, what to do, and the rest small."""
    assert payload(told(alert(KNOWN))) == {
        "text": f"🟡 {TITLE}",
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [
            {"type": "header", "text": plain(f"🟡 {TITLE}")},
            section(
                "*Budget “Everything”*",
                "████████████████░░░░ 82 % used",
                "▃█▁▄▅▅▆ last 7 days, up to 61,230 points a day",
                *MAIL.split("\n")[5:13],
            ),
            section(
                "*What to do next*",
                "• Look at what “Claude-Opus-4.5” does.",
                "• If this is expected, raise “points” or “alert_at” of the budget in the config.",
            ),
            context("Counted 22 Nov 2026 10:15 (Europe/London), nothing missing"),
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "text": plain("Poe's usage page"),
                        "url": "https://poe.com/points_history",
                    }
                ],
            },
            context("🟡 Warning · Poe points · account default"),
        ],
    }


def test_the_sms_of_one_budget() -> None:
    """An SMS says how full, how early and how much."""
    assert sms(told(alert(standing()))) == (
        'Poe: 82 % of your monthly budget "Everything" is used, 3 days early. '
        "820,000 of 1,000,000 points, about $24.60 of $30.00"
    )


def test_the_chat_notification_of_one_budget() -> None:
    """A chat gets the same lines as a mail, what to do next as steps, and the thread of the budget."""
    assert json.loads(notification(told(alert(KNOWN)))) == {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": f"🟡 {TITLE}",
            "description": "\n".join(
                [
                    "*Budget “Everything”*",
                    *MAIL.split("\n")[3:13],
                    "Counted 22 Nov 2026 10:15 (Europe/London), nothing missing",
                    "",
                    "Poe's usage page: https://poe.com/points_history",
                ]
            ),
            "nextSteps": [
                "Look at what “Claude-Opus-4.5” does.",
                "If this is expected, raise “points” or “alert_at” of the budget in the config.",
            ],
            "keywords": ["default", "warning", "budget"],
        },
        "metadata": {"threadId": "poe-budget-1463b250cb57fa27", "summary": f"🟡 {TITLE}"},
    }


def plain(words: str) -> dict[str, Any]:
    """Return a text object without markup."""
    return {"type": "plain_text", "text": words, "emoji": False}


def section(*lines: str) -> dict[str, Any]:
    """Return the section block of some lines."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(lines), "verbatim": True}}


def context(line: str) -> dict[str, Any]:
    """Return the context block of a line."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": line, "verbatim": True}]}
