"""Refs, share links and batches that nobody gave out: missing, no link of ours, or a clear refusal."""

import base64
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from common.domain.keys import ImageKey, make_id
from common.domain.tokens import Keyring
from common.http.problems import BadRequest, Gone, NotFound
from common.http.requests import decode
from common.http.responses import encode
from download import batch
from download.api.schemas import Batch, NewLink, Urls, Variant
from download.share_links import ShareLinks
from tests.download.test_signed_urls import KEY, SIGNED_URLS

NOW = 1_764_000_000
KEYS = [f"k{number}:" + base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in (1, 2)]
SHARE = ShareLinks(Keyring.parse(KEYS[0]))
ANY = st.text(max_size=300) | st.text(st.sampled_from(list("~x-0123456789tab.\ud800\x00/%")), max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(list(Variant)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


def changed(text: str, place: int, character: str) -> str:
    place %= len(text)
    return text[:place] + character + text[place + 1 :]


REFS = ANY | st.builds(changed, st.just(KEY.tail), st.integers(0, 200), st.characters())


@given(st.lists(REFS, max_size=6))
@example([KEY.tail, KEY.tail])
def test_any_refs_are_signed_or_missing_and_each_is_answered_once(refs: list[str]) -> None:
    for variant in Variant:
        answer = batch.by_ref(refs, variant, SIGNED_URLS, NOW)
        assert sorted([*answer.urls, *answer.missing]) == sorted(set(refs))
        for link in answer.urls.values():
            assert link.url.startswith(
                ("http://127.0.0.1:8333/vitrine/images/", "http://127.0.0.1:8333/vitrine/thumbs/")
            )
            assert link.url.isascii()
        assert json.loads(encode(answer))["missing"] == answer.missing


@given(
    st.dictionaries(st.sampled_from(["variant", "refs", "ids", "expires_in"]) | st.text(max_size=5), JSON, max_size=4)
)
def test_any_json_is_a_batch_or_a_clear_refusal(body: dict[str, object]) -> None:
    for kind in (Batch, NewLink):
        try:
            found = decode(json.dumps(body).encode("utf-8", "surrogatepass"), kind)
        except BadRequest as problem:
            assert problem.detail.endswith(".")
        else:
            assert isinstance(found, kind)


@given(ANY | st.builds(changed, st.just(SHARE.make(KEY.id, NOW + 60)), st.integers(0, 200), st.characters()))
def test_any_other_text_is_no_link_of_ours(link: str) -> None:
    if link != SHARE.make(KEY.id, NOW + 60):
        with pytest.raises(NotFound):
            SHARE.read(link, NOW)


@given(st.integers(1, 10**11))
def test_a_link_ends_at_its_second_whatever_it_is(expires_at: int) -> None:
    link = SHARE.make(KEY.id, expires_at)
    assert SHARE.read(link, expires_at - 1) == (KEY.id, expires_at)
    with pytest.raises(Gone):
        SHARE.read(link, expires_at)


def test_a_link_by_a_key_that_was_rotated_still_reads_until_the_key_is_taken_away() -> None:
    link = SHARE.make(KEY.id, NOW + 60)
    rotated = ShareLinks(Keyring.parse(f"{KEYS[1]},{KEYS[0]}"))
    assert rotated.read(link, NOW) == (KEY.id, NOW + 60)
    assert rotated.make(KEY.id, NOW + 60) != link
    with pytest.raises(NotFound):
        ShareLinks(Keyring.parse(KEYS[1])).read(link, NOW)


def test_a_picture_without_a_preview_has_none_by_ref() -> None:
    bare = ImageKey(make_id(1, 1, 1), 4, 3, None, False, "a.jpg").tail
    assert batch.by_ref([bare], Variant.PREVIEW, SIGNED_URLS, NOW) == Urls({}, [bare])
