"""Stacks of a local AWS server that hold just what a command reads."""

import json
from collections.abc import Mapping
from typing import Any

from tests.support.aws import LocalAws


def stack(aws: LocalAws, name: str, resources: Mapping[str, Any], **outputs: str) -> dict[str, str]:
    """Deploy a stack of these resources, each output the reference of one; gives the outputs."""
    template = {"Resources": resources}
    if outputs:
        template["Outputs"] = {key: {"Value": {"Ref": resource}} for key, resource in outputs.items()}
    client = aws.client("cloudformation")
    client.create_stack(StackName=name, TemplateBody=json.dumps(template), Capabilities=["CAPABILITY_IAM"])
    client.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig={"Delay": 1})
    (made,) = client.describe_stacks(StackName=name)["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for one in made.get("Outputs", [])}
