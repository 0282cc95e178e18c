"""The template as AWS would deploy it under some parameters: translated, and every value worked out."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from tests.support.tools import ROOT

TEMPLATE = ROOT / "template.yaml"
NESTED = ROOT / "infra" / "observability.yaml"
_NO_VALUE = "AWS::NoValue"
STACK = "watch"
TOPIC_ARN = "arn:aws:sns:eu-west-1:123456789012:watch-Topic-AbC123"
USUAL = {"PoeApiKey": "a-key", "SlackWebhookUrl": "https://hooks.slack.com/a", "AlertEmail": "a@b.co"}
_PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::NoValue": _NO_VALUE,
    "AWS::Partition": "aws",
    "AWS::Region": "eu-west-1",
    "AWS::StackName": STACK,
}


def source(template: Path = TEMPLATE) -> Any:
    """Return a template as it is written, its short forms such as `!Ref` spelled out."""
    return yaml_parse(template.read_text())


@cache
def translated(file: Path = TEMPLATE) -> Any:
    """Return a template as CloudFormation gets it: SAM's resources replaced by what they stand for."""
    template = source(file)
    for resource in template["Resources"].values():
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    session = boto3.Session(region_name=_PSEUDO["AWS::Region"])
    return Translator({}, Parser(), boto_session=session).translate(template, {})


class Resolved:
    """What CloudFormation makes of a template under these parameters.

    A reference to a resource stands as its logical name ("Ledger"), an attribute as "Ledger.Arn".
    """

    def __init__(self, template: Any, parameters: Mapping[str, object]) -> None:
        self._template = template
        defaults = {name: one.get("Default") for name, one in template["Parameters"].items()}
        self._values = {**_PSEUDO, **defaults, **parameters}

    def properties(self, name: str) -> Any:
        """Return the properties of the resource of that logical name; KeyError when it is left out."""
        return self._resolved(self.resources()[name].get("Properties", {}))

    def at(self, path: str) -> Any:
        """Return a property by its path, such as "Topic.KmsMasterKeyId"; None where it is not set."""
        name, *keys = path.split(".")
        found = self.properties(name)
        for key in keys:
            found = found.get(key)
        return found

    def resources(self) -> dict[str, Any]:
        """Return the resources whose condition holds, their values not worked out."""
        everything = self._template["Resources"].items()
        return {name: one for name, one in everything if self._holds(one.get("Condition"))}

    def outputs(self) -> dict[str, str]:
        """Return the outputs whose condition holds, by name."""
        everything = self._template["Outputs"].items()
        return {
            name: self._resolved(one["Value"])
            for name, one in everything
            if self._holds(one.get("Condition"))
        }

    def broken_rules(self) -> set[str]:
        """Return the names of the template's rules that forbid these parameters."""
        rules = self._template["Rules"].items()
        return {
            name
            for name, rule in rules
            if not all(self._resolved(one["Assert"]) for one in rule["Assertions"])
        }

    def _holds(self, condition: str | None) -> bool:
        return condition is None or bool(self._resolved(self._template["Conditions"][condition]))

    def _resolved(self, node: Any) -> Any:
        if isinstance(node, list):
            return [one for one in map(self._resolved, node) if one != _NO_VALUE]
        if not isinstance(node, Mapping):
            return node
        name, value = next(iter(node.items()), ("", None))
        if len(node) == 1 and (name == "Ref" or name.startswith("Fn::")):
            return getattr(self, "_" + name.removeprefix("Fn::").lower())(value)
        resolved = {key: self._resolved(one) for key, one in node.items()}
        return {key: one for key, one in resolved.items() if one != _NO_VALUE}

    def _ref(self, name: str) -> object:
        return self._values.get(name, name)

    def _getatt(self, path: list[str]) -> str:
        return ".".join(path)

    def _sub(self, value: str | list[Any]) -> str:
        text, own = (value, {}) if isinstance(value, str) else value
        names = {**self._values, **self._resolved(own)}
        return re.sub(r"\$\{([\w:.]+)\}", lambda found: str(names.get(found[1], found[1])), text)

    def _if(self, parts: list[Any]) -> object:
        condition, then, otherwise = parts
        return self._resolved(then if self._holds(condition) else otherwise)

    def _findinmap(self, parts: list[Any]) -> object:
        name, first, second = map(self._resolved, parts)
        return self._template["Mappings"][name][str(first)][second]

    def _equals(self, parts: list[Any]) -> bool:
        left, right = map(self._resolved, parts)
        return str(left) == str(right)

    def _not(self, parts: list[Any]) -> bool:
        return not self._resolved(parts[0])

    def _and(self, parts: list[Any]) -> bool:
        return all(map(self._resolved, parts))

    def _or(self, parts: list[Any]) -> bool:
        return any(map(self._resolved, parts))


class Deployed(Resolved):
    """The stack under these parameters, or else the usual ones."""

    def __init__(self, **parameters: object) -> None:
        super().__init__(translated(), parameters or USUAL)

    def environment(self, function: str = "Function") -> dict[str, str]:
        """Return a function's environment as the function finds it.

        A reference to a topic gives its ARN on AWS, and its name in the template as it is resolved here.
        """
        found = {name: str(value) for name, value in self.at(f"{function}.Environment.Variables").items()}
        return found | ({"TOPIC_ARN": TOPIC_ARN} if found["TOPIC_ARN"] == "Topic" else {})

    def observability(self) -> Resolved:
        """Return the nested stack as this one makes it, in the same place."""
        given = self.properties("Observability")["Parameters"]
        place = {name: value for name, value in self._values.items() if name.startswith("AWS::")}
        return Resolved(yaml_parse(NESTED.read_text()), {**place, **given})
