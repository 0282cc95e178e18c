"""What nobody can measure from here: each with its reason. Everything else is measured or documented."""

MESSAGES_A_MONTH = 100
"""A budget of three thresholds, a day, a spike and a digest tell about so much."""

AWS_MS = 10.0
"""Waiting for one call of AWS in the same region, its first connection included: AWS promises single-digit
milliseconds for DynamoDB (https://aws.amazon.com/dynamodb/features/), the others take a little longer."""

POE_MS = 500.0
"""Waiting for one page of Poe over the internet. Poe says nothing about it; it is taken on the large side."""

POE_BYTES = 3000
"""Sent to Poe for one page: the handshake, the headers and the key. What comes back is free."""

LAMBDA_LINES = 1000
"""Bytes that Lambda itself logs of an invocation as JSON: its start, its end and its report."""

RUNTIME_MB = 40.0
"""What Lambda counts as memory used besides the process: its own runtime, and the system."""

SPARE = 1.5
"""So many times what a tick needs at its peak is to fit, because it is measured elsewhere."""

ACCOUNT_MB = 2.0
"""What each account adds to the peak where one run serves several: its slots, its names, what it sends."""

EMPTY_RECEIVES_A_MINUTE = 15.0
"""Of a queue that Lambda waits at: five long polls of twenty seconds, all day. AWS documents the polling
(https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html), not its rate; users report this one
(https://github.com/getlift/lift/issues/132)."""

KEY_BYTES = 72
"""What one account takes of the secret: its name, its key and their quotes."""

AT_ONCE = 10
"""The most batches of a queue that are worked at once, by the template."""

LETTERS_A_CALL, ACCOUNTS_A_BATCH, KEYS_A_READ = 10, 10, 100
"""The most messages of SendMessageBatch, the most messages that the template takes into one invocation, and
the most items of BatchGetItem; all batches are taken to be full."""
