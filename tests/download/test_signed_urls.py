"""Which URL a picture gets, for how long it stays the same, and what storage is told to say of it."""

from email.message import Message
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain.filenames import clean, windows_safe_name, with_extension
from common.domain.keys import ImageKey, image_key, make_id
from common.domain.media_types import ALLOWED_TYPES
from common.s3.signing import Credentials, Signer
from download.api.schemas import Variant
from download.signed_urls import HOUR, SignedUrls

SIGNER = Signer(Credentials("AKIDEXAMPLE", "secret"), "us-east-1", "http://127.0.0.1:8333", "vitrine")
SIGNED_URLS = SignedUrls(lambda: SIGNER)
KEY = ImageKey(make_id(1_800_000_000_000, 0, 0), 40, 30, None, True, "a.jpg")
WINDOW = {Variant.PREVIEW: 24 * HOUR, Variant.ORIGINAL: HOUR // 4, Variant.DOWNLOAD: HOUR // 4}


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@pytest.mark.parametrize("variant", list(Variant))
@given(now=st.integers(1_600_000_000, 4_000_000_000), later=st.integers(0, 24 * HOUR))
def test_a_url_is_the_same_within_its_window_and_good_for_another(variant: Variant, now: int, later: int) -> None:
    """So a browser that gets it at the last moment still has a whole window to use it."""
    window = WINDOW[variant]
    link = SIGNED_URLS.for_picture(KEY, variant, now + 0.5)
    again = SIGNED_URLS.for_picture(KEY, variant, now + later)
    assert (link == again) is (now // window == (now + later) // window)
    assert now + window <= link.expires_at <= now + 2 * window
    assert int(query(link.url)["X-Amz-Expires"]) == 2 * window


@given(now=st.integers(1_600_000_000, 4_000_000_000), left=st.integers(1, 7 * 24 * HOUR))
def test_a_url_of_a_share_link_ends_no_later_than_the_link(now: int, left: int) -> None:
    link = SIGNED_URLS.expiring_at(KEY, Variant.ORIGINAL, now + 0.9, now + left)
    assert now < link.expires_at <= now + left
    assert link.expires_at <= now + WINDOW[Variant.ORIGINAL]


@pytest.mark.parametrize("variant", list(Variant))
@given(now=st.integers(1_600_000_000, 4_000_000_000), left=st.integers(601, 12 * HOUR), later=st.integers(0, 600))
def test_a_url_ends_with_the_credentials_that_signed_it(variant: Variant, now: int, left: int, later: int) -> None:
    """And until then it stays the same, so that browsers can cache what it answers."""
    temporary = Signer(
        Credentials("ASIAEXAMPLE", "secret", "session", now + left), "us-east-1", "http://127.0.0.1:8333", "vitrine"
    )
    signed_urls = SignedUrls(lambda: temporary)
    link = signed_urls.for_picture(KEY, variant, now)
    signed_at = now // WINDOW[variant] * WINDOW[variant]
    assert now < link.expires_at <= now + left
    assert int(query(link.url)["X-Amz-Expires"]) == link.expires_at - signed_at
    assert link.expires_at == min(signed_at + 2 * WINDOW[variant], now + left)
    if (now + later) // WINDOW[variant] == now // WINDOW[variant]:
        assert signed_urls.for_picture(KEY, variant, now + later) == link
    assert signed_urls.expiring_at(KEY, variant, now, now + 7 * 24 * HOUR).expires_at <= now + left
    if variant is Variant.PREVIEW:
        sign, expires_at = signed_urls.preview_signer(now)
        assert (sign(KEY.id), expires_at) == (link.url, link.expires_at)


@given(st.text(min_size=1), st.sampled_from(ALLOWED_TYPES), st.sampled_from([Variant.ORIGINAL, Variant.DOWNLOAD]))
def test_any_name_reaches_the_browser_by_both_forms(name: str, media_type: str, variant: Variant) -> None:
    """RFC 6266: the plain form for old clients, the other one exact; type and disposition are never the sender's."""
    filename = with_extension(clean(name), media_type)
    key = ImageKey(KEY.id, 40, 30, None, True, filename)
    told = query(SIGNED_URLS.for_picture(key, variant, 0).url)
    assert told["response-content-type"] == media_type
    header = Message()
    header["Content-Disposition"] = told["response-content-disposition"]
    assert header.get_content_disposition() == ("inline" if variant is Variant.ORIGINAL else "attachment")
    assert header.get_filename() is not None
    exact = told["response-content-disposition"].rpartition("filename*=UTF-8''")[2]
    assert parse_qs(f"n={exact.replace('+', '%2B').replace('&', '%26')}")["n"][0] == windows_safe_name(clean(filename))
    assert told["response-content-disposition"].isascii()


def test_the_original_s_key_and_the_browser_s_address_are_signed() -> None:
    url = SIGNED_URLS.for_picture(KEY, Variant.ORIGINAL, 0).url
    assert url.startswith("http://127.0.0.1:8333/vitrine/images/")
    assert urlsplit(url).path == f"/vitrine/{image_key(KEY)}"
