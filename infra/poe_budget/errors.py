"""What keeps a command from its work, beside what the function's own errors say."""


class OpsError(Exception):
    """Raised when a command cannot do its work; the message says what to do, in one line.

    No message holds a key, a webhook address or any other part of a secret.
    """


class WrongUseError(OpsError):
    """Raised when it was asked for in a way that cannot work; another command line, or environment, can."""
