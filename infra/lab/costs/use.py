"""What is used: by one tick, and in a month."""

from lab.costs.amounts import Amounts


class Work(Amounts, frozen=True, kw_only=True):
    """What a tick, or a part of what an invocation does, asks of others.

    `reads` and `writes` are DynamoDB's units, `secret_calls` questions for the secret, `published` messages
    given to the topic, `queued` requests to the queue, `logged` bytes of the log, `aws_calls` all calls of
    AWS, and `poe_calls` those of Poe.
    """

    reads: float = 0
    writes: float = 0
    secret_calls: float = 0
    published: float = 0
    queued: float = 0
    logged: float = 0
    aws_calls: float = 0
    poe_calls: float = 0


class Use(Amounts, frozen=True, kw_only=True):
    """What a month uses of what AWS charges for; each field is in the unit of the price of its name."""

    invocations: float = 0
    gb_seconds: float = 0
    scheduled: float = 0
    sent_gb: float = 0
    reads: float = 0
    writes: float = 0
    stored_gb: float = 0
    backed_up_gb: float = 0
    key_calls: float = 0
    secrets: float = 0
    secret_calls: float = 0
    long_configs: float = 0
    published: float = 0
    mails: float = 0
    queued: float = 0
    logged_gb: float = 0
    metrics: float = 0
    alarms: float = 0
    dashboards: float = 0
