from hashlib import sha256

import pytest

from lab.charts.__main__ import COMPILED, KINDS, compiled


@pytest.mark.parametrize("kind", KINDS)
def test_pages_carry_the_charts_as_they_are_compiled(kind: str) -> None:
    """Otherwise: `python -m lab.charts`."""
    assert (COMPILED / f"{kind}.json").read_text(encoding="utf-8") == compiled(kind)


def test_vega_is_the_file_of_its_release() -> None:
    """build/vega.min.js of npm's vega 6.4.0, byte for byte, with the licences of its parts beside it."""
    vega = (COMPILED / "vega.min.js").read_bytes()
    assert sha256(vega).hexdigest() == "8f6a3587cf8d4f42c7e08120e3eb05d067e746d554e39d2dcf52acc0bd5ba28f"
    assert b"</script" not in vega
    assert (COMPILED / "vega.min.js.LICENSE").exists()
