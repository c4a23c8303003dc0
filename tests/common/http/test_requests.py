"""Checks before every view (origin, body type), and strict reading of JSON bodies."""

from enum import StrEnum

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.http.problems import BadRequest, Forbidden, UnsupportedMediaType
from common.http.requests import check_body_type, check_origin, decode, own_origin

OURS = ("http://localhost:8080",)


class Body(msgspec.Struct):
    name: str
    size: int = 0


class Colour(StrEnum):
    RED = "red"


class Coloured(Body):
    colour: Colour = Colour.RED


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "", "http://localhost:8081", "https://localhost:8080"]
)
def test_a_foreign_page_may_change_nothing(origin: str) -> None:
    with pytest.raises(Forbidden):
        check_origin("POST", origin, OURS)
    check_origin("GET", origin, OURS)


@pytest.mark.parametrize("origin", [None, "http://localhost:8080"])
def test_our_page_and_programs_may(origin: str | None) -> None:
    check_origin("DELETE", origin, OURS)


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_types_that_forms_can_send_are_refused(kind: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        check_body_type("POST", kind, has_body=True)
    check_body_type("POST", kind, has_body=False)


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_taken(kind: str) -> None:
    check_body_type("POST", kind, has_body=True)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff", b"[]", b"null", b'{"name":1}', b'{"name":"x","size":1.5}', b'{"name":"x","size":NaN}',
     b'{"size":1}', b"[" * 100_000, b'{"name":"x","size":' + b"9" * 5000 + b"}", b'{"name":"x","size":true}'],
)  # fmt: skip
def test_what_is_not_the_wanted_json_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest) as caught:
        decode(body, Body)
    assert caught.value.detail.endswith(".")


@pytest.mark.parametrize(
    "body",
    [
        b'{"name":"\xff"}',
        b'{"name":"x","colour":"\\ud800"}',
        b'{"name":"x","colour":"\xed\xa0\x80"}',
    ],
)
def test_text_that_is_none_is_refused_wherever_it_stands(body: bytes) -> None:
    """Invalid UTF-8 inside a string, and a lone surrogate where an enumerated string is expected."""
    with pytest.raises(BadRequest) as caught:
        decode(body, Coloured)
    assert caught.value.detail.endswith(".")


def test_the_place_of_the_fault_is_named() -> None:
    with pytest.raises(BadRequest) as caught:
        decode(b'{"name":"x","size":"1"}', Body)
    assert caught.value.extra["errors"][0].pointer == "/size"


def test_a_lone_surrogate_is_read() -> None:
    """Browsers send lone surrogates in file names; cleaning the name removes them."""
    assert decode(b'{"name":"\\ud800x"}', Body).name == "\ud800x"


@given(st.binary(max_size=200) | st.text(max_size=50).map(lambda text: b'{"name":"' + text.encode("utf-16") + b'"}'))
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    try:
        decode(body, Body)
    except BadRequest:
        pass


def test_a_link_to_us_begins_with_an_origin_of_ours() -> None:
    ours = ("http://localhost:8080", "http://127.0.0.1:8080")
    assert own_origin("http://127.0.0.1:8080", ours) == "http://127.0.0.1:8080"
    assert own_origin("http://evil.example", ours) == "http://localhost:8080"
    assert own_origin(None, ours) == "http://localhost:8080"
