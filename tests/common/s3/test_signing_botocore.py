"""Every signed URL equals the one from botocore, byte for byte.

botocore reads the system clock, so the tests replace its clock.
"""

import datetime
from contextlib import AbstractContextManager
from unittest import mock

import boto3
import botocore.config
import botocore.credentials
import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.utils import percent_encode
from hypothesis import example, given
from hypothesis import strategies as st

from common.s3.signing import MAX_EXPIRES, Credentials, Signer

EPOCH = datetime.datetime(1970, 1, 1)  # noqa: DTZ001 - naive UTC, as in botocore

texts = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=40)
odd_texts = st.text(st.sampled_from(list("aZ09 %+&=;:,~/.?#-_\\'\"()*!$@[]é日👩\n\t")), min_size=1, max_size=40)
keys = texts | odd_texts | st.sampled_from(["//a", "a//b", "./a", "../a", "a/./b/", "/", "~", "%2F", "a b+c", "?a#b"])
header_names = st.sampled_from(
    ["content-type", "Content-Length", "X-Amz-Checksum-SHA256", "If-None-Match", "cache-control", "range"]
) | st.from_regex(r"[xX]-amz-meta-[a-z0-9-]{1,12}", fullmatch=True)
header_values = st.text(st.characters(exclude_categories=("Cs",)), max_size=40) | st.sampled_from(
    ["*", "  a   b  ", "image/jpeg", "1234", "\ta\t", "attachment; filename=\"a  b.jpg\"; filename*=UTF-8''%C3%A9"]
)
headers = st.dictionaries(header_names, header_values, max_size=6).filter(
    lambda given: len({name.lower() for name in given}) == len(given)
)
parameter_names = st.sampled_from(
    [
        "response-content-disposition",
        "response-content-type",
        "versionId",
        "uploadId",
        "partNumber",
        "a",
        "a-b",
        "X",
        "é",
    ]
) | texts.filter(lambda name: not name.lower().startswith("x-amz-"))
queries = st.dictionaries(parameter_names, st.just("") | texts | odd_texts, max_size=5)
credentials = st.builds(
    Credentials,
    access_key=st.sampled_from(["AKIAIOSFODNN7EXAMPLE", "with/odd+chars=", "é"]),
    secret_key=st.sampled_from(["wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "s", "geheim é"]),
    session_token=st.none() | st.sampled_from(["FwoGZXIvYXdzEJr//////////wEaD+token==", "a b~c"]),
)
endpoints = st.sampled_from(
    [
        "http://127.0.0.1:8333",
        "http://localhost:8333",
        "http://s3.example.org",
        "http://s3.example.org:80",
        "https://s3.example.org:443",
        "https://s3.example.org:80",
        "https://S3.Example.Org:9000",
        "https://s3.eu-west-1.amazonaws.com",
    ]
)
times = st.integers(0, 4_102_444_800)


def frozen(now: float) -> AbstractContextManager[object]:
    moment = EPOCH + datetime.timedelta(seconds=int(now))
    return mock.patch("botocore.auth.get_current_datetime", return_value=moment)


def reference(
    who: Credentials,
    region: str,
    url: str,
    method: str,
    now: float,
    expires: int,
    sent: dict[str, str],
    query: dict[str, str],
) -> str:
    """Return the URL from botocore's signer for a request with this URL, headers and parameters."""
    request = AWSRequest(method=method, url=url, headers=sent, params=query)
    theirs = botocore.credentials.Credentials(who.access_key, who.secret_key, who.session_token)
    with frozen(now):
        S3SigV4QueryAuth(theirs, "s3", region, expires).add_auth(request)
    signed: str = request.url
    return signed


@given(
    credentials,
    st.sampled_from(["us-east-1", "eu-west-1"]),
    endpoints,
    st.sampled_from(["path", "virtual"]),
    st.sampled_from(["GET", "PUT", "HEAD", "DELETE", "POST"]),
    keys,
    times,
    st.integers(1, MAX_EXPIRES),
    headers,
    queries,
)
@example(Credentials("A", "s"), "us-east-1", "http://h", "path", "GET", "a", 0, 1, {}, {"a": "1", "a-b": "2"})
@example(Credentials("A", "s"), "us-east-1", "http://h", "path", "GET", "a", 0, 1, {}, {"z": "", "X-A": "", "X": ""})
def test_any_url_is_the_one_of_botocores_signer(
    who: Credentials,
    region: str,
    endpoint: str,
    style: str,
    method: str,
    key: str,
    now: int,
    expires: int,
    sent: dict[str, str],
    query: dict[str, str],
) -> None:
    signer = Signer(who, region, endpoint, "vitrine", style)  # type: ignore[arg-type]
    ours = signer.presign(method, key, now=now, expires=expires, headers=sent, query=query)
    scheme, _, host = endpoint.partition("://")
    place = f"{endpoint}/vitrine/" if style == "path" else f"{scheme}://vitrine.{host}/"
    url = place + percent_encode(key, safe="-._~/")
    assert ours == reference(who, region, url, method, now, expires, sent, query)
    again = signer.presign(method, key, now=now, expires=expires, headers=sent, query=query)
    assert again == ours, "what is remembered between calls changes nothing"


NAMES = [
    "IMG_1234.jpg",
    "Férias à praia (1).jpg",
    "日本 100%+~.png",
    "a&b=c?d#e.gif",
    "./a//b/../c",
    "👩\u200d🚀'.webp",
]


@pytest.mark.parametrize("style", ["path", "virtual"])
@pytest.mark.parametrize("endpoint", ["http://localhost:8333", "https://s3.example.org"])
@pytest.mark.parametrize("session", [None, "FwoGZXIvYXdzEJr//token=="])
@pytest.mark.parametrize("name", NAMES)
def test_a_download_is_the_one_that_boto3_signs(style: str, endpoint: str, session: str | None, name: str) -> None:
    """Compares with boto3's whole client, which also builds the path, the host and the parameters."""
    client = boto3.client(
        "s3",
        aws_access_key_id="AKIDEXAMPLE",
        aws_secret_access_key="secret",
        aws_session_token=session,
        region_name="us-east-1",
        endpoint_url=endpoint,
        config=botocore.config.Config(signature_version="s3v4", s3={"addressing_style": style}),
    )
    query = {
        "response-content-disposition": f"attachment; filename*=UTF-8''{percent_encode(name)}",
        "response-content-type": "image/jpeg",
    }
    key = f"images/7ycn4pg5zzzzy0000000000c1s~4000x3000~-~t~{name}"
    with frozen(1_764_000_000):
        theirs = client.generate_presigned_url(
            "get_object",
            Params={
                "Bucket": "vitrine",
                "Key": key,
                "ResponseContentDisposition": query["response-content-disposition"],
                "ResponseContentType": query["response-content-type"],
            },
            ExpiresIn=900,
        )
    signer = Signer(Credentials("AKIDEXAMPLE", "secret", session), "us-east-1", endpoint, "vitrine", style)  # type: ignore[arg-type]
    assert signer.presign("GET", key, now=1_764_000_000, expires=900, query=query) == theirs
