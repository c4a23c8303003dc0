"""Responses are JSON in UTF-8, whatever text the client sent."""

import json

from msgspec import UNSET, Struct, UnsetType

from common.http.responses import encode, json_response


class Said(Struct):
    text: str
    more: str | UnsetType = UNSET


def test_an_answer_has_its_status_type_and_headers() -> None:
    answer = json_response(Said("é"), 202, {"Retry-After": "5"})
    assert (answer.status_code, answer.content_type, answer.headers["Retry-After"]) == (202, "application/json", "5")
    assert answer.data == '{"text":"é"}'.encode()


def test_half_a_pair_of_surrogates_is_sent_as_an_escape() -> None:
    assert encode([Said("\ud800x")]) == b'[{"text":"\\ud800x"}]'
    assert json.loads(encode(Said("\ud800", "y"))) == {"text": "\ud800", "more": "y"}
