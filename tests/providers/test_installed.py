"""Kinds of provider that packages bring: found, loaded late, and unable to break limner's own."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from limner.errors import ConfigError
from limner.providers.installed import installed, loaded
from limner.providers.registry import KINDS, address, build, kind_named, kinds
from limner.providers.sketch import SketchImages

Bring = Callable[..., None]
PACKAGE = """
from limner.providers.kind import Option, ProviderKind
from limner.providers.sketch import SketchImages

def opened(at):
    if at.options["mood"] == "bad":
        raise RuntimeError(at.api_key)
    return SketchImages(None)

KIND = ProviderKind("http://127.0.0.1:9", "KEY", opened, {"mood": Option("a mood", "good|bad")})
"""


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bring]:
    """Leave a package behind as pip does, which brings the kinds that are named."""
    monkeypatch.syspath_prepend(tmp_path)

    def leave(package: str, text: str = PACKAGE, **points: str) -> None:
        (tmp_path / f"{package}.py").write_text(text)
        info = tmp_path / f"{package}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
        lines = [f"{name} = {package}:{value}" for name, value in points.items()]
        (info / "entry_points.txt").write_text("\n".join(["[limner.providers]", *lines, ""]))

    fresh()
    yield leave
    for path in tmp_path.glob("*.py"):
        sys.modules.pop(path.stem, None)
    fresh()


def fresh() -> None:
    installed.cache_clear()
    loaded.cache_clear()


def test_a_kind_of_a_package_is_one_of_the_kinds_and_loaded_when_it_is_wanted(bring: Bring) -> None:
    bring("brought_one", easel="KIND")
    assert kinds() == (*KINDS, "easel")
    assert "brought_one" not in sys.modules
    assert address("easel") == "http://127.0.0.1:9"
    assert "brought_one" in sys.modules


async def test_it_is_opened_like_any_other(bring: Bring) -> None:
    bring("brought_two", easel="KIND")
    assert isinstance(build("easel", "", "k", "pyreqwest", options={"mood": "good"}), SketchImages)
    with pytest.raises(ConfigError, match="kind easel has no option 'colour'; it has mood"):
        build("easel", "", "k", "pyreqwest", options={"colour": "red"})


async def test_what_breaks_in_it_is_told_without_its_words(bring: Bring) -> None:
    bring("brought_three", easel="KIND")
    with pytest.raises(ConfigError) as caught:
        build("easel", "", "sk-canary", "pyreqwest", options={"mood": "bad"})
    assert str(caught.value) == "the package of kind easel cannot open a provider: RuntimeError"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import no_such_module", "kind easel cannot be loaded: ModuleNotFoundError"),
        ("1 / 0", "kind easel cannot be loaded: ZeroDivisionError"),
        ("KIND = 7", "kind easel brings something that is no ProviderKind"),
        ("", "kind easel cannot be loaded: AttributeError"),
    ],
)
def test_a_package_that_is_no_good_is_a_fault_of_its_own_kind(
    bring: Bring, text: str, said: str
) -> None:
    bring("brought_four", text, easel="KIND")
    with pytest.raises(ConfigError, match=said):
        kind_named("easel")
    assert kind_named("openai") is KINDS["openai"]


def test_limners_own_kinds_cannot_be_replaced(bring: Bring) -> None:
    bring("brought_five", openai="KIND")
    assert kinds() == tuple(KINDS)
    assert kind_named("openai") is KINDS["openai"]
    assert "brought_five" not in sys.modules


def test_a_kind_of_two_packages_is_nobodys(bring: Bring) -> None:
    bring("brought_six", easel="KIND")
    bring("brought_seven", easel="KIND")
    with pytest.raises(ConfigError, match="several packages: brought_seven and brought_six"):
        kind_named("easel")
