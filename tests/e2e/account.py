"""The account that the end-to-end tests deploy to."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from tests.support import sam
from tests.support.aws import LocalAws


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """A deployed stack: its outputs, and its resources' physical names by their logical ones."""

    outputs: Mapping[str, str]
    resources: Mapping[str, str]


class Account(msgspec.Struct, frozen=True):
    """What a person who owns the account does with it."""

    aws: LocalAws
    built: Path

    def deploy(self, name: str, **parameters: str) -> Stack:
        """Deploy a stack of that name with `sam deploy`, for the first time or again."""
        sam.deploy(self.built, name, parameters, self.aws.environment)
        made = self.stack(name)
        if "DueTicksUrl" in made.outputs:
            self._let_queues_work(made, int(parameters.get("MaximumConcurrency", "10")))
        return made

    def stack(self, name: str) -> Stack:
        """Return the stack of that name as it is deployed."""
        client = self.aws.client("cloudformation")
        (stack,) = client.describe_stacks(StackName=name)["Stacks"]
        listed = client.describe_stack_resources(StackName=name)["StackResources"]
        resources = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in listed}
        outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
        return Stack(outputs=outputs, resources=resources)

    def refusals(self, name: str) -> list[str]:
        """Return why resources of the stack of that name could not be made."""
        events = self.aws.client("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        return [one["ResourceStatusReason"] for one in events if one["ResourceStatus"] == "CREATE_FAILED"]

    def function(self, stack: Stack) -> Any:
        """Return how the function is configured."""
        client = self.aws.client("lambda")
        return client.get_function_configuration(FunctionName=stack.outputs["FunctionName"])

    def tick(self, stack: Stack) -> Any:
        """Invoke the function at once and return its report."""
        failed, content = self._invoked(stack)
        assert not failed, content
        return content

    def failing_tick(self, stack: Stack) -> str:
        """Invoke the function at once and return the words of the error that it ends with."""
        failed, content = self._invoked(stack)
        assert failed, content
        return str(content["errorMessage"])

    def change_by_hand(self, stack: Stack, *, secret: str, config: str) -> None:
        """Rotate the secret and write a config, as a person does between two deployments."""
        vault, parameters = self.aws.client("secretsmanager"), self.aws.client("ssm")
        vault.put_secret_value(SecretId=stack.outputs["SecretArn"], SecretString=secret)
        parameters.put_parameter(Name=stack.outputs["BudgetsParameter"], Type="String", Value=config)

    def keep_secret(self, name: str, text: str) -> str:
        """Make a secret beside the stacks, and return its ARN."""
        return str(self.aws.client("secretsmanager").create_secret(Name=name, SecretString=text)["ARN"])

    def secret(self, stack: Stack) -> str:
        """Return what the secret holds."""
        client = self.aws.client("secretsmanager")
        return str(client.get_secret_value(SecretId=stack.outputs["SecretArn"])["SecretString"])

    def config(self, stack: Stack) -> str:
        """Return the config that is in force."""
        client = self.aws.client("ssm")
        return str(client.get_parameter(Name=stack.outputs["BudgetsParameter"])["Parameter"]["Value"])

    def schedule(self, stack: Stack) -> str:
        """Return how often the schedule fires."""
        client = self.aws.client("scheduler")
        return str(client.get_schedule(Name=stack.resources["FunctionTick"])["ScheduleExpression"])

    def role_policy(self, stack: Stack, policy: str) -> Any:
        """Return a policy of the function's role as IAM has it."""
        role = stack.resources["FunctionRole"]
        return self.aws.client("iam").get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]

    def table_arn(self, stack: Stack) -> str:
        """Return the ARN of the ledger."""
        client = self.aws.client("dynamodb")
        return str(client.describe_table(TableName=stack.outputs["TableName"])["Table"]["TableArn"])

    def queue_arn(self, stack: Stack, output: str) -> str:
        """Return the ARN of the queue whose address is that output, "" where the stack has none."""
        if output not in stack.outputs:
            return ""
        return self._queue_arn(stack.outputs[output])

    def subscribe_queue(self, stack: Stack) -> str:
        """Subscribe a new queue to the stack's topic and return its address."""
        return self.listen_on(stack.outputs["TopicArn"])

    def listen_on(self, topic: str) -> str:
        """Subscribe a new queue to a topic and return its address."""
        client = self.aws.client("sqs")
        url: str = client.create_queue(QueueName=f"listens-on-{topic.rpartition(':')[2]}")["QueueUrl"]
        arn = self._queue_arn(url)
        client.set_queue_attributes(QueueUrl=url, Attributes={"Policy": _lets_in(topic, arn)})
        self.aws.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return url

    def set_alarm(self, name: str, state: str) -> None:
        """Put an alarm into a state, as its metric would."""
        client = self.aws.client("cloudwatch")
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason="A test")

    def dashboard(self, stack: Stack) -> Any:
        """Return what the stack's dashboard shows."""
        client = self.aws.client("cloudwatch")
        return json.loads(client.get_dashboard(DashboardName=stack.outputs["DashboardName"])["DashboardBody"])

    def received(self, queue: str) -> list[Any]:
        """Take the next messages of the topic out of a queue, and return what they say."""
        return list(map(json.loads, self.texts(queue)))

    def texts(self, queue: str) -> list[str]:
        """Take the next messages of a topic out of a queue, and return their texts."""
        client = self.aws.client("sqs")
        asked = {"QueueUrl": queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1}
        messages = client.receive_message(**asked).get("Messages", [])
        for one in messages:
            client.delete_message(QueueUrl=queue, ReceiptHandle=one["ReceiptHandle"])
        return [json.loads(one["Body"])["Message"] for one in messages]

    def waiting(self, queue: str) -> list[str]:
        """Look at the next messages of a queue, and return their bodies."""
        client = self.aws.client("sqs")
        answer = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
        return [one["Body"] for one in answer.get("Messages", [])]

    def points(self, stack: Stack, account: str = "default") -> int:
        """Return the sum of the quarter hours that the ledger holds of an account."""
        return sum(int(slot["points"]["N"]) for slot in self.items(stack, "slot#", account))

    def items(self, stack: Stack, prefix: str, account: str = "default") -> list[dict[str, Any]]:
        """Return an account's items of the ledger whose sort key begins so."""
        pages = (
            self.aws.client("dynamodb")
            .get_paginator("query")
            .paginate(
                TableName=stack.outputs["TableName"],
                KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                ExpressionAttributeValues={":pk": {"S": account}, ":prefix": {"S": prefix}},
            )
        )
        return [item for page in pages for item in page["Items"]]

    def log(self, stack: Stack) -> list[str]:
        """Return the lines of the function's log."""
        pages: Iterable[Any] = (
            self.aws.client("logs")
            .get_paginator("filter_log_events")
            .paginate(logGroupName=stack.outputs["LogGroupName"])
        )
        return [event["message"] for page in pages for event in page["events"]]

    def allow(self, role: str, action: str, resource: str) -> None:
        """Allow a role what the local server asks IAM for, and AWS does not."""
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        self.aws.client("iam").put_role_policy(
            RoleName=role,
            PolicyName="OfTheLocalServer",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )

    def _let_queues_work(self, stack: Stack, batches: int) -> None:
        """Make up for what the local server does otherwise than AWS.

        It leaves the text of a parameter in place of a number, and then takes nothing from any queue; and it
        asks IAM for an action of its own where several messages are sent at once.
        """
        mapping, scaling = stack.resources["TakeDueTicks"], {"MaximumConcurrency": batches}
        self.aws.client("lambda").update_event_source_mapping(UUID=mapping, ScalingConfig=scaling)
        self.allow(
            stack.resources["FunctionRole"],
            "sqs:SendMessageBatch",
            self.queue_arn(stack, "DueTicksUrl"),
        )

    def _queue_arn(self, url: str) -> str:
        answer = self.aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
        return str(answer["Attributes"]["QueueArn"])

    def _invoked(self, stack: Stack) -> tuple[bool, Any]:
        answer = self.aws.client("lambda").invoke(FunctionName=stack.outputs["FunctionName"])
        return "FunctionError" in answer, json.loads(answer["Payload"].read())


def _lets_in(topic: str, queue: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
