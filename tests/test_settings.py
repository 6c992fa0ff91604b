"""What an operator wrote is read, and what is wrong with it is told by its place."""

from collections.abc import Callable
from pathlib import Path

import pytest

from limner import money
from limner.errors import ConfigError
from limner.settings import FIELDS, TABLES, Settings, load

Write = Callable[[str | bytes], Path]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    """Puts a text into a `limner.toml` of its own."""

    def write(text: str | bytes) -> Path:
        file = tmp_path / "limner.toml"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return file

    return write


def refusal(environ: dict[str, str], file: Path | None = None, **overrides: object) -> str:
    with pytest.raises(ConfigError) as refused:
        load(environ, file, **overrides)
    return str(refused.value)


def test_nothing_written_means_the_defaults(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load({}) == Settings()


def test_a_variable_wins_over_the_file_and_an_option_over_both(written: Write) -> None:
    file = written("port = 1\nworkers = 2\ndrain_s = 3")
    settings = load({"LIMNER_PORT": "10", "LIMNER_WORKERS": "20"}, file, port=30, workers=None)
    assert (settings.port, settings.workers, settings.drain_s) == (30, 20, 3.0)


def test_an_empty_variable_counts_for_none(written: Write) -> None:
    environ = {f"LIMNER_{name.upper()}": "" for name in FIELDS}
    assert load(environ, written("port = 7")) == Settings(port=7)


def test_the_file_is_found_by_its_variable(written: Write) -> None:
    assert load({"LIMNER_CONFIG": str(written("port = 7"))}).port == 7


def test_folders_are_read_from_a_list_and_from_a_path(written: Write) -> None:
    folders = (Path("a"), Path("b"))
    assert load({}, written('catalog_dirs = ["a", "b"]')).catalog_dirs == folders
    assert load({"LIMNER_CATALOG_DIRS": "a:b"}, written("")).catalog_dirs == folders


def test_providers_and_aliases_are_tables_of_the_file(written: Write) -> None:
    settings = load(
        {},
        written(
            '[aliases]\n"dall-e-3" = "gpt-image-2"\n[providers.mine]\nkind = "openai"\n'
            'base_url = "http://mine"\napi_key_env = "MINE"\nserves = {"sd-xl" = "sd"}\n'
        ),
    )
    assert settings.aliases == {"dall-e-3": "gpt-image-2"}
    assert settings.providers["mine"].api_key_env == "MINE"
    assert settings.providers["mine"].serves == {"sd-xl": "sd"}


def test_plans_are_tables_of_the_file(written: Write) -> None:
    told = """
        [plans.pro]
        credits = 9000
        title = "Pro"
        [plans.scale]
        credits = 0.00001
        rollover = "all"
        [plans.home-1]
        credits = 100.5
        rollover = 30
    """
    plans = load({}, written(told)).plans
    assert [(one.monthly, one.title) for one in plans.values()] == [
        (9_000_000_000, "Pro"),
        (10, ""),
        (100_500_000, ""),
    ]
    assert [one.keeps for one in plans.values()] == [0, money.FULLEST, 30_000_000]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "abc"),
        ("PORT", "-1"),
        ("PORT", "65536"),
        ("PORT", "80.5"),
        ("PORT", "1e400"),
        ("WORKERS", "0"),
        ("DRAIN_S", "NaN"),
        ("DRAIN_S", "inf"),
        ("DRAIN_S", "-1"),
        ("LINK_TTL_S", "0"),
        ("RETENTION_S", "1e400"),
        ("LOG_LEVEL", "loud"),
        ("HTTP_CLIENT", "curl"),
        ("CATALOG_DIRS", ":"),
        ("MARKUP_PERCENT", "-101"),
        ("MARKUP_PERCENT", "1001"),
        ("MARKUP_PERCENT", "20.5"),
        ("MARKUP_PERCENT", "true"),
        ("MARKUP_PERCENT", "NaN"),
    ],
)
def test_a_wrong_variable_is_told_by_name_and_value(name: str, value: str) -> None:
    told = refusal({f"LIMNER_{name}": value})
    assert told.startswith(f"LIMNER_{name} must be ")
    assert value in told or name == "CATALOG_DIRS"
    assert "$" not in told
    assert "`" not in told


def test_what_would_fit_is_told_with_its_limits() -> None:
    assert "a whole number from 0 to 65535, not 'x'" in refusal({"LIMNER_PORT": "x"})
    assert "true or false, not 'maybe'" in refusal({"LIMNER_ATTACH_RESENDS": "maybe"})
    assert "a number above 0, up to" in refusal({"LIMNER_LEASE_S": "x"})
    assert "one of debug, error, info, warning" in refusal({"LIMNER_LOG_LEVEL": "x"})
    assert "paths of folders" in refusal({"LIMNER_CATALOG_DIRS": ":"})


def test_a_wrong_option_is_told_as_it_was_written() -> None:
    assert refusal({}, port=99999).startswith("--port must be ")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("port = 'x'", "port must be a whole number from 0 to 65535, not 'x'"),
        ("prot = 1", "there is no setting 'prot'; did you mean 'port'?"),
        ("zzz = 1", "there is no setting 'zzz'"),
        ("garbled [", "is not TOML"),
        (b"\xff\xfe", "is not TOML"),
        ("host = ''", "host must be a text of at least one letter, not ''"),
        ("data_dir = ''", "data_dir must be the path of a folder"),
        ("data_dir = 3", "data_dir must be the path of a folder"),
        ("providers = 3", "providers must be a table"),
        ("providers.a = 3", "providers.a:"),
        ("[providers.a]", "providers.a: Object missing required field `kind`"),
        ("[providers.a]\nkind = 'x'\nfoo = 1", "providers.a: Object contains unknown field `foo`"),
        ("[providers.a]\nkind = 'x'\napi_key = 'sk-1'", "providers.a: keys do not stand in"),
        ("aliases = 3", "aliases must be a table"),
        ("[aliases]\na = 3", "aliases must be a table of texts"),
        ("plans = 3", "plans must be a table, such as [plans.mine]"),
        ("[plans.a]", "plans.a: Object missing required field `credits`"),
        ("[plans.'a b']\ncredits = 1", "plans.a b: a name has letters"),
        ("[plans.a]\ncredits = 0", "plans.a: credits must be above 0"),
        ("[plans.a]\ncredits = -5", "plans.a: credits must be above 0"),
        ("[plans.a]\ncredits = nan", "plans.a: 'NaN' is not a number of credits"),
        ("[plans.a]\ncredits = 1e-7", "plans.a: 0.0000001 has more than six decimals"),
        ("[plans.a]\ncredits = 10000000000", "plans.a: 10000000000 credits are more than one move"),
        ("[plans.a]\ncredits = '5'", "plans.a: Expected `int | float`, got `str`"),
        ("[plans.a]\ncredits = true", "plans.a: Expected `int | float`, got `bool`"),
        ("[plans.a]\ncredits = 1\nrollover = 'some'", 'rollover must be "none", "all" or'),
        ("[plans.a]\ncredits = 1\nrollover = -1", 'rollover must be "none", "all" or'),
        ("[plans.a]\ncredits = 1\nprice = 5", "plans.a: Object contains unknown field `price`"),
    ],
)
def test_a_wrong_file_is_told_by_its_name_and_the_field(
    written: Write, text: str | bytes, told: str
) -> None:
    file = written(text)
    message = refusal({}, file)
    assert message.startswith(str(file))
    assert told in message


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    file = tmp_path / "absent.toml"
    assert refusal({}, file) == f"{file} cannot be read: No such file or directory"
    assert refusal({"LIMNER_CONFIG": str(tmp_path)}) == f"{tmp_path} cannot be read: Is a directory"


@pytest.mark.parametrize(
    "text", ["secret = 5", "database_url = 6", "[providers.a]\napi_key = 'sk-1'"]
)
def test_a_refusal_repeats_no_secret(written: Write, text: str) -> None:
    message = refusal({}, written(text))
    assert "sk-1" not in message
    assert not message.endswith(("5", "6"))


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ('port = "8000"', "port must be a whole number"),
        ("workers = 2.0", "workers must be a whole number"),
        ('lease_s = "30"', "lease_s must be a number"),
        ("attach_resends = 1", "attach_resends must be true or false"),
        ('rate_limit_status = "429"', "rate_limit_status must be one of 403, 429"),
    ],
)
def test_in_the_file_a_text_is_no_number_and_a_number_no_truth(
    written: Write, line: str, wanted: str
) -> None:
    assert wanted in refusal({}, written(line))


def test_a_variable_is_read_as_what_its_setting_is() -> None:
    settings = load(
        {
            "LIMNER_MARKUP_PERCENT": "20",
            "LIMNER_LEASE_S": "20",
            "LIMNER_ATTACH_RESENDS": "false",
            "LIMNER_RATE_LIMIT_STATUS": "429",
        }
    )
    assert (settings.markup_percent, settings.lease_s) == (20, 20.0)
    assert (settings.attach_resends, settings.rate_limit_status) == (False, 429)


def test_tables_are_no_variables() -> None:
    environ = {f"LIMNER_{name.upper()}": "x" for name in TABLES}
    assert load(environ) == load({})


@pytest.mark.parametrize("percent", [0, -100, 1000])
def test_a_markup_is_from_nothing_at_all_to_eleven_times_the_price(
    written: Write, percent: int
) -> None:
    settings = load({}, written(f"markup_percent = {percent}\n[markups]\nimagen-4 = {percent}"))
    assert (settings.markup_percent, settings.markups) == (percent, {"imagen-4": percent})


NO_MARKUPS = ["-101", "1001", "20.5", "20.0", "true", "nan", '"much"', '"20"', "[20]"]


@pytest.mark.parametrize("value", NO_MARKUPS)
@pytest.mark.parametrize("place", ["markup_percent", "markups.imagen-4"])
def test_what_is_no_markup_in_the_file_is_told_by_its_place(
    written: Write, place: str, value: str
) -> None:
    told = refusal({}, written(f"{place} = {value}"))
    assert f"limner.toml: {place} must be a whole number from -100 to 1000" in told
