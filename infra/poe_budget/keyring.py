"""What a secret holds, in words: what is wrong with it, or what it is good for, and no part of any value."""

from budget_alert.messages.wording import counted
from budget_alert.secret import NAMES, SHAPE, Keyring


def mistakes_of(keyring: Keyring) -> list[str]:
    """Say all that is wrong with a secret."""
    if keyring.problem:
        return [keyring.problem]
    faults = sorted(keyring.faults.items())
    found = [f'the account "{account}": {fault}' for account, fault in faults]
    if not keyring.several:
        found = [f"{fault}; {SHAPE}" for _, fault in faults]
    if keyring.misnamed:
        found.append(f"{counted(keyring.misnamed, 'account')} cannot be called so: name each by {NAMES}")
    return found + [words for words in (keyring.slack_problem, keyring.doubt) if words]


def contents_of(keyring: Keyring) -> str:
    """Say what a secret without mistakes holds."""
    names = ", ".join(f'"{account}"' for account in keyring.accounts)
    several = f"it holds the keys of {counted(len(keyring.accounts), 'account')}, {names}"
    keys = several if keyring.several else "it holds the key of one account"
    slack = "alerts go to Slack too" if keyring.slack_url else "without Slack"
    if keyring.webhooks:
        slack += f", with {counted(len(keyring.webhooks), 'channel')} that rules can notify"
    if keyring.slack_signing:
        slack += "; clicks on alerts can be checked"
    return f"{keys}; {slack}"
