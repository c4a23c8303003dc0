"""The signer, compared with boto3's presigner and with the hashes that every signer must compute."""

import hmac
import time
from collections.abc import Callable, Iterator
from hashlib import sha256

import boto3
from botocore.config import Config

from bench.report import Figure, Result, in_turns, median_ratio
from bench.run import Run
from common.domain.keys import make_id
from common.s3.signing import Credentials, Signer

ENDPOINT, REGION, BUCKET = "http://127.0.0.1:8333", "us-east-1", "vitrine"
ACCESS, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
KEYS = [
    f"images/{make_id(1_800_000_000_000 + n, 0, n)}~4000x3000~1QcSHQRnh493V4dIh4eXh1h4kJUI~t~IMG_{n:04}.jpg"
    for n in range(500)
]
EXPIRES = 1800
PUT = {
    "content-length": "4000000",
    "content-type": "image/jpeg",
    "if-none-match": "*",
    "x-amz-checksum-sha256": "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek=",
}


def measure(run: Run) -> Iterator[Result]:
    """Compare GET and PUT with boto3, and GET with the bare hashes."""
    signer = Signer(Credentials(ACCESS, SECRET), REGION, ENDPOINT, BUCKET)
    client = boto3.client(
        "s3",
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id=ACCESS,
        aws_secret_access_key=SECRET,
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}),
    )

    def ours_get(key: str) -> str:
        return signer.presign("GET", key, now=time.time(), expires=EXPIRES)

    def theirs_get(key: str) -> str:
        return str(client.generate_presigned_url("get_object", {"Bucket": BUCKET, "Key": key}, EXPIRES))

    def ours_put(key: str) -> str:
        return signer.presign("PUT", key, now=time.time(), expires=EXPIRES, headers=PUT)

    def theirs_put(key: str) -> str:
        told = {
            "ContentLength": int(PUT["content-length"]),
            "ContentType": PUT["content-type"],
            "IfNoneMatch": PUT["if-none-match"],
            "ChecksumSHA256": PUT["x-amz-checksum-sha256"],
        }
        return str(client.generate_presigned_url("put_object", {"Bucket": BUCKET, "Key": key, **told}, EXPIRES))

    padding = "x" * (_canonical_length(ours_get(KEYS[0])) - len(KEYS[0]))
    signing_key = sha256(SECRET.encode()).digest()

    def bare(key: str) -> str:
        digest = sha256((key + padding).encode()).hexdigest()
        return hmac.digest(
            signing_key, f"AWS4-HMAC-SHA256\n20260101T000000Z\n{REGION}\n{digest}".encode(), "sha256"
        ).hex()

    for what, ours, theirs in (("GET", ours_get, theirs_get), ("PUT with its headers", ours_put, theirs_put)):
        fast, slow = _in_turns(run, ours, theirs)
        yield Figure(
            f"signer, {what}: times as fast as boto3's generate_presigned_url",
            median_ratio(slow, fast),
            20,
            detail=f"{min(fast):.1f} µs : {min(slow):.1f} µs",
            unit="×",
        )
    signed, hashed = _in_turns(run, ours_get, bare)
    yield Figure(
        "signer, GET: times the bare SHA-256 and HMAC",
        median_ratio(signed, hashed),
        4,
        at_least=False,
        detail=f"{min(signed):.1f} µs : {min(hashed):.1f} µs",
        unit="×",
    )


def _in_turns(run: Run, *functions: Callable[[str], str]) -> list[list[float]]:
    """Return the microseconds per call of each, one list per measurement."""
    return in_turns(
        *(lambda function=function: _microseconds(function, run.seconds / 2) for function in functions),
        rounds=run.rounds,
    )


def _microseconds(function: Callable[[str], str], seconds: float) -> float:
    calls, began = 0, time.process_time()
    while time.process_time() - began < seconds:
        for key in KEYS:
            function(key)
        calls += len(KEYS)
    return (time.process_time() - began) / calls * 1e6


def _canonical_length(url: str) -> int:
    """Return about the number of bytes to hash for this URL: path, query and signed headers."""
    return (
        len(url)
        - len("&X-Amz-Signature=")
        - 64
        + len("GET\nhost:127.0.0.1:8333\n\nhost\nUNSIGNED-PAYLOAD")
        - len(ENDPOINT)
    )
