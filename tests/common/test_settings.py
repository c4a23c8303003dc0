"""An invalid or missing variable stops the start and is named; no secret is shown."""

from pathlib import Path

import pytest

from common.settings import Secret, Settings, SettingsError, is_loopback

GOOD = {
    "S3_ENDPOINT_URL": "http://127.0.0.1:8333",
    "S3_PUBLIC_ENDPOINT_URL": "http://localhost:8333",
    "S3_ACCESS_KEY_ID": "key",
    "S3_SECRET_ACCESS_KEY": "not-to-be-seen",
    "PUBLIC_ORIGINS": "http://localhost:8080, http://127.0.0.1:8080",
}


def test_what_is_set_is_read() -> None:
    settings = Settings.load(GOOD)
    assert settings.public_origins == ("http://localhost:8080", "http://127.0.0.1:8080")
    assert (settings.s3_region, settings.redis_url) == ("us-east-1", "")


def test_without_keys_somebody_else_says_who_we_are() -> None:
    """AWS's default chain is then used. The start fails later if that has none either (default_credentials)."""
    without = {name: value for name, value in GOOD.items() if "KEY" not in name}
    assert Settings.load(without).s3_access_key_id == ""


@pytest.mark.parametrize("variable", sorted(GOOD))
@pytest.mark.parametrize("value", [None, "", "  "])
def test_a_missing_variable_is_named(variable: str, value: str | None) -> None:
    environ = {**GOOD, variable: value} if value is not None else {k: v for k, v in GOOD.items() if k != variable}
    with pytest.raises(SettingsError, match=variable):
        Settings.load(environ)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("S3_ENDPOINT_URL", "127.0.0.1:8333"),
        ("S3_ENDPOINT_URL", "ftp://host"),
        ("S3_PUBLIC_ENDPOINT_URL", "http://host/path"),
        ("S3_PUBLIC_ENDPOINT_URL", "http://user:word@host"),
        ("S3_PUBLIC_ENDPOINT_URL", "http://host:99999"),
        ("S3_ADDRESSING_STYLE", "dns"),
        ("S3_REGION", "eu west"),
        ("S3_BUCKET", "My_Bucket"),
        ("LOG_LEVEL", "loud"),
        ("REDIS_TIMEOUT_MS", "0"),
        ("REDIS_TIMEOUT_MS", "soon"),
        ("PUBLIC_ORIGINS", ","),
        ("PUBLIC_ORIGINS", "http://a.example/, http://b.example"),
        ("PUBLIC_ORIGINS", "*"),
    ],
)
def test_a_value_that_cannot_be_used_is_named(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        Settings.load({**GOOD, variable: value})


def test_a_sample_secret_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"S3_SECRET_ACCESS_KEY.*sample"):
        Settings.load({**GOOD, "S3_SECRET_ACCESS_KEY": "change-me"})


def test_no_secret_shows() -> None:
    settings = Settings.load({**GOOD, "REDIS_URL": "redis://:hidden@127.0.0.1/0"})
    assert "not-to-be-seen" not in repr(settings)
    assert "hidden" not in repr(settings)
    assert repr(Secret("x")) == "Secret('…')"


@pytest.mark.parametrize(
    ("url", "expected"),
    [("http://localhost:8080", True), ("http://127.9.0.1", True), ("http://[::1]:1", True),
     ("http://photos.example", False), ("http://127.0.0.1.example", False), ("http://192.168.1.5:8080", False)],
)  # fmt: skip
def test_loopback(url: str, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_what_the_environment_leaves_out_is_read_from_the_file_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "S3_SECRET_ACCESS_KEY").write_text("from the file\n")
    (tmp_path / "S3_ACCESS_KEY_ID").write_text("not looked at")
    environ = {**GOOD, "SECRETS_DIR": str(tmp_path), "S3_SECRET_ACCESS_KEY": ""}
    settings = Settings.load(environ)
    assert (settings.s3_secret_access_key, settings.s3_access_key_id) == ("from the file", "key")


def test_a_secret_that_is_nowhere_is_named_and_so_is_one_that_cannot_be_read(tmp_path: Path) -> None:
    environ = {**GOOD, "SECRETS_DIR": str(tmp_path), "S3_SECRET_ACCESS_KEY": ""}
    with pytest.raises(SettingsError, match="S3_SECRET_ACCESS_KEY is not set"):
        Settings.load(environ)
    (tmp_path / "S3_SECRET_ACCESS_KEY").mkdir()
    with pytest.raises(SettingsError, match=r"S3_SECRET_ACCESS_KEY.*SECRETS_DIR"):
        Settings.load(environ)


def test_a_sample_secret_in_a_file_is_refused_as_well(tmp_path: Path) -> None:
    (tmp_path / "S3_SECRET_ACCESS_KEY").write_text("change-me")
    with pytest.raises(SettingsError, match="sample"):
        Settings.load({**GOOD, "SECRETS_DIR": str(tmp_path), "S3_SECRET_ACCESS_KEY": ""})
