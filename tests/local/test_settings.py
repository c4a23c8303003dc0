"""What people may choose for `make up`, and what is refused by name."""

import pytest

import upload.settings
from local.errors import CannotRunError
from local.settings import MIN_UPLOAD_KEY_LENGTH, parse


def test_without_any_variable_everything_has_its_documented_default() -> None:
    found = parse({})
    assert (found.port, found.s3_port, found.redis_port, found.replicas) == (8080, 8333, 6390, 2)
    assert found.data.name == ".data"
    assert found.listen_address == "127.0.0.1"
    assert found.origins == ("http://localhost:8080", "http://127.0.0.1:8080")


def test_a_public_host_is_one_more_origin_and_where_browsers_find_storage() -> None:
    found = parse({"PUBLIC_HOST": "192.0.2.7", "UPLOAD_KEY": "k" * 16})
    assert found.origins[-1] == "http://192.0.2.7:8080"
    assert found.s3_public_endpoint == "http://192.0.2.7:8333"


@pytest.mark.parametrize("variable", ["PORT", "S3_PORT", "REDIS_PORT", "REPLICAS"])
@pytest.mark.parametrize("value", ["x", "0", "-1", "65536", "8080.0", "٣"])
def test_a_number_that_is_none_is_named(variable: str, value: str) -> None:
    with pytest.raises(CannotRunError, match=f"{variable}={value} is not a number"):
        parse({variable: value})


def test_a_value_that_would_break_out_of_a_configuration_file_is_refused() -> None:
    with pytest.raises(CannotRunError, match="UPLOAD_KEY"):
        parse({"UPLOAD_KEY": 'a",X="b'})


def test_an_upload_key_that_can_be_guessed_is_refused_here_as_by_the_service() -> None:
    with pytest.raises(CannotRunError, match="UPLOAD_KEY is too short"):
        parse({"UPLOAD_KEY": "4" * 15})
    assert MIN_UPLOAD_KEY_LENGTH == upload.settings.MIN_UPLOAD_KEY_LENGTH


def test_a_sign_in_service_is_named_by_an_address() -> None:
    """The gateway of make up looks up no names, and what it is told must not end a line of its configuration."""
    found = parse({"AUTH_URL": "http://127.0.0.1:4180/oauth2/auth", "AUTH_SIGN_IN": "/oauth2/start?rd="})
    assert (found.auth_url, found.auth_sign_in) == ("http://127.0.0.1:4180/oauth2/auth", "/oauth2/start?rd=")
    for value in ("oauth2-proxy:4180", "http://oauth2-proxy:4180/oauth2/auth", 'http://127.0.0.1/";'):
        with pytest.raises(CannotRunError, match="AUTH_URL"):
            parse({"AUTH_URL": value})
    with pytest.raises(CannotRunError, match="AUTH_SIGN_IN"):
        parse({"AUTH_SIGN_IN": "x;"})
