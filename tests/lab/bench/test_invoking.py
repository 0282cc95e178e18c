from pathlib import Path

import pytest

from lab.bench import cold, imports, stage
from lab.bench.endpoint import Call, Running
from lab.bench.invoking import counted, invoked


def test_an_invocation_of_the_real_runtime_client_is_timed(tmp_path: Path) -> None:
    """From the start of the process to its answer: awslambdaric imports the handler and calls it."""
    (tmp_path / "one.py").write_text("def handler(event, context):\n    return {'well': True}\n")
    done = invoked("one.handler", {"PYTHONPATH": str(tmp_path)})
    assert done.cpu > 0
    assert done.wall > 0


def test_a_handler_that_fails_is_not_timed(tmp_path: Path) -> None:
    """Its error is told."""
    (tmp_path / "two.py").write_text("def handler(event, context):\n    raise RuntimeError('out of order')\n")
    with pytest.raises(RuntimeError, match="out of order"):
        invoked("two.handler", {"PYTHONPATH": str(tmp_path)})


def test_instructions_are_read_from_what_callgrind_wrote() -> None:
    """And a file without them is an error."""
    assert counted("version: 1\nevents: Ir\nsummary: 1234567\n") == 1234567
    with pytest.raises(ValueError, match="no totals"):
        counted("version: 1\n")


def test_calls_are_written_down_as_boto3_and_urllib3_make_them() -> None:
    """Operations by the names of their methods, Poe's by its address."""
    calls = [Call("DynamoDB", "BatchGetItem", {"RequestItems": {}}), Call("Poe", "/usage/x?limit=100")]
    said = cold.bare_calls(Running("http://127.0.0.1:1"), calls)
    assert '["dynamodb", "batch_get_item", {"RequestItems": {}}]' in said
    assert '["poe", "http://127.0.0.1:1/usage/x?limit=100", {"Authorization"' in said


def test_imports_are_summed_by_group_without_what_they_import() -> None:
    """Our rooms apart, other packages whole."""
    lines = [
        "import time: self [us] | cumulative | imported package",
        "import time:      1000 |       1500 |   budget_alert.rules.evaluate",
        "import time:      2000 |       9500 | urllib3",
        "something else",
    ]
    assert imports.parsed(lines) == {"budget_alert.rules.evaluate": 1.0, "urllib3": 2.0}
    assert imports.group_of("budget_alert.rules.evaluate") == "budget_alert.rules"
    assert imports.group_of("aws_lambda_powertools.utilities.parameters.base").endswith(
        "utilities.parameters"
    )
    assert imports.group_of("aws_lambda_powertools.metrics.base") == "aws_lambda_powertools.metrics"
    assert imports.group_of("botocore.args") == imports.group_of("boto3")
    assert imports.group_of("json.decoder") == "the standard library"
    assert imports.group_of("urllib3.util") == "urllib3"


@pytest.mark.parametrize("compiled", [True, False])
def test_what_ships_is_laid_out_with_or_without_bytecode(tmp_path: Path, compiled: bool) -> None:  # noqa: FBT001 - both cases
    """The handler, and the packages that it pins."""
    handler = tmp_path / "handler"
    handler.mkdir()
    (handler / "app.py").write_text("")
    (handler / "requirements.txt").write_text("urllib3==2.8.0\n")
    made = stage.staged(handler, tmp_path / "made", compiled=compiled)
    assert (made / "app.py").exists()
    assert (made / "urllib3" / "__init__.py").exists()
    assert any(made.rglob("*.pyc")) is compiled
    bare = stage.staged_bare(tmp_path / "bare", compiled=compiled)
    assert [file.name for file in bare.iterdir() if file.is_file()] == ["bare.py"]
