"""The look of what people get, whole, to be reviewed in one place."""

from typing import Any

from budget_alert.channels.blocks import payload
from budget_alert.channels.mail import body
from budget_alert.channels.sms import sms
from budget_alert.messages.alerts import Reason, Severity
from tests.telling import alert, health, standing, told, welcome

MAIL = """\
82 % of “Everything” is used

Budget “Everything”
████████████████░░░░ 82 % used
820,000 of 1,000,000 points, about $24.60 of $30.00
180,000 points left, about $5.40
Reached the threshold of 80% (800,000 points)
Window: calendar month, 1 Nov 00:00 to 1 Dec 00:00 (Europe/London)
Top bots: Claude-Opus-4.5 61 %, GPT-5 24 %
Counted 22 Nov 2026 10:15 (Europe/London)
What to do next:
- Look at what “Claude-Opus-4.5” does.
- If this is expected, raise “points” or “alert_at” of the budget in the config.

Account default, severity warning."""
WELCOME_MAIL = """\
The watch on your Poe points is on

Where every budget stands
████████████████████ 123.3 % of “Chat”: 1,233,770 of 1,000,000 points
████████████████░░░░ 82 % of “Everything”: 820,000 of 1,000,000 points
Counted 22 Nov 2026 10:15 (Europe/London)

Account default, severity info."""
SEVERAL_MAIL = """\
At least 123.3 % of “Chat” is used; also “New”

Budget “Chat”
████████████████████ at least 123.3 % used
At least 1,233,770 of 1,000,000 points, about $37.01 of $30.00
At least 233,770 points over the limit, about $7.01
Reached the threshold of 80% (800,000 points)
Window: calendar month, 1 Nov 00:00 to 1 Dec 00:00 (Europe/London)
Top bots: Claude-Opus-4.5 40 %, GPT-5 16 %
Part of this is not read yet; later ticks complete the numbers.
Counted 22 Nov 2026 10:15 (Europe/London)
What to do next:
- Pause “Claude-Opus-4.5” or move it to a cheaper model.
- Or raise “points” of the budget in the config.
- Or set its “snooze_until” to a date, to hear nothing more until then.

Budget “New”
New or changed: 82 % used already, 820,000 of 1,000,000 points, about $24.60 of $30.00; \
what is passed counts as told.

Account default, severity critical."""
HEALTH_MAIL = """\
Poe refuses the API key, so nothing is counted

Health of the watch
Poe refuses the API key, so nothing is counted
Seen 22 Nov 2026 10:15 (Europe/London)
What to do next:
- Put a valid key into the secret.

Account default, severity critical."""


def test_the_mail_of_one_budget() -> None:
    """A mail reads from the outcome to what to do next."""
    assert body(told(alert(standing()))) == MAIL


def test_the_mail_of_a_welcome() -> None:
    """The first mail shows where every budget stands."""
    assert body(told(welcome(standing(), standing("Chat", 1_233_770)))) == WELCOME_MAIL


def test_the_mail_of_several_alerts() -> None:
    """Several alerts follow each other, the most severe first, each as short as it can be."""
    already = alert(standing("New"), reason=Reason.ALREADY, severity=Severity.INFO)
    over = alert(standing("Chat", 1_233_770, complete=False), severity=Severity.CRITICAL)
    assert body(told(already, over)) == SEVERAL_MAIL


def test_the_slack_message_of_several_alerts() -> None:
    """A line of information takes one block."""
    already = alert(standing("New"), reason=Reason.ALREADY, severity=Severity.INFO)
    assert [block["type"] for block in payload(told(already, health(Severity.INFO, "Well.")))["blocks"]] == [
        "header",
        "section",
        "section",
        "context",
        "context",
    ]


def test_the_mail_of_a_trouble() -> None:
    """A trouble of the watch says what to do."""
    trouble = health(
        Severity.CRITICAL,
        "Poe refuses the API key, so nothing is counted",
        "Put a valid key into the secret.",
    )
    assert body(told(trouble)) == HEALTH_MAIL


def test_the_slack_message_of_one_budget() -> None:
    """Slack shows the outcome as a header, the bar and the facts as one block, and the rest small."""
    assert payload(told(alert(standing()))) == {
        "text": "🟡 82 % of “Everything” is used",
        "unfurl_links": False,
        "unfurl_media": False,
        "blocks": [
            {
                "type": "header",
                "text": {"type": "plain_text", "text": "🟡 82 % of “Everything” is used", "emoji": False},
            },
            section(
                "*Budget “Everything”*",
                "`████████████████░░░░` 82 % used",
                "820,000 of 1,000,000 points, about $24.60 of $30.00",
                "180,000 points left, about $5.40",
                "Reached the threshold of 80% (800,000 points)",
                "Window: calendar month, 1 Nov 00:00 to 1 Dec 00:00 (Europe/London)",
                "Top bots: Claude-Opus-4.5 61 %, GPT-5 24 %",
            ),
            section(
                "*What to do next*",
                "• Look at what “Claude-Opus-4.5” does.",
                "• If this is expected, raise “points” or “alert_at” of the budget in the config.",
            ),
            context("Counted 22 Nov 2026 10:15 (Europe/London)"),
            context("Poe points · account default · warning"),
        ],
    }


def test_the_sms_of_one_budget() -> None:
    """An SMS says how full and how much."""
    assert sms(told(alert(standing()))) == (
        'Poe: 82 % of "Everything" is used. 820,000 of 1,000,000 points, about $24.60 of $30.00'
    )


def section(*lines: str) -> dict[str, Any]:
    """Return the section block of some lines."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(lines), "verbatim": True}}


def context(line: str) -> dict[str, Any]:
    """Return the context block of a line."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": line, "verbatim": True}]}
