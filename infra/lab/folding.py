"""Two templates made into one: what the nested stack holds, within the stack that nests it.

One that stands alone can be deployed from an address, and the Serverless Application Repository takes no
template beside another.
"""

import re
from collections.abc import Mapping
from typing import Any

_NAMED = re.compile(r"\$\{(\w+)\}")
_SECTIONS = ("Mappings", "Conditions", "Resources")


def folded(outer: Mapping[str, Any], nested: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Give `outer` with all of `nested` in place of its resource of that name, the short forms spelled out.

    Raises ValueError where both have something else under one name.
    """
    resources = dict(outer["Resources"])
    given = _plain(resources.pop(name)["Properties"]["Parameters"])
    inner = {section: _filled(nested[section], given) for section in (*_SECTIONS, "Outputs")}
    whole: dict[str, Any] = _exported({**outer, "Resources": resources}, name, inner["Outputs"])
    for section in _SECTIONS:
        here = whole[section]
        if other := {
            each for each in inner[section].keys() & here.keys() if inner[section][each] != here[each]
        }:
            raise ValueError(f"both templates have {', '.join(sorted(other))} in their {section}: rename one")
        whole[section] = {**here, **inner[section]}
    return whole


def _plain(node: Any) -> Any:  # noqa: ANN401 - a template's own
    """Copy a part of a template, its mappings as plain ones."""
    if isinstance(node, Mapping):
        return {key: _plain(value) for key, value in node.items()}
    return [_plain(each) for each in node] if isinstance(node, list) else node


def _filled(node: Any, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a template's own
    """Put what a stack's parameters are given in the place of their names."""
    if isinstance(node, list):
        return [_filled(each, given) for each in node]
    if not isinstance(node, Mapping):
        return node
    if node.keys() == {"Ref"}:
        return given.get(node["Ref"], dict(node))
    if node.keys() == {"Fn::Sub"}:
        return _substituted(node["Fn::Sub"], given)
    return {key: _filled(value, given) for key, value in node.items()}


def _substituted(value: str | list[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Put them into a text as well: a reference by its name, anything else as a variable of the text."""
    text, variables = (value, {}) if isinstance(value, str) else (value[0], _filled(value[1], given))
    needed = {name: given[name] for name in _NAMED.findall(text) if name in given and name not in variables}
    renamed = {name: what["Ref"] for name, what in needed.items() if what.keys() == {"Ref"}}
    text = _NAMED.sub(lambda found: f"${{{renamed.get(found[1], found[1])}}}", text)
    variables |= {name: what for name, what in needed.items() if name not in renamed}
    return {"Fn::Sub": [text, variables] if variables else text}


def _exported(node: Any, name: str, outputs: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a template's own
    """Put what the nested stack gave out in the place of the attributes that named it."""
    if isinstance(node, list):
        return [_exported(each, name, outputs) for each in node]
    if not isinstance(node, Mapping):
        return node
    if node.keys() == {"Fn::GetAtt"} and node["Fn::GetAtt"][0] == name:
        return outputs[node["Fn::GetAtt"][-1].rpartition(".")[2]]["Value"]
    return {key: _exported(value, name, outputs) for key, value in node.items()}
