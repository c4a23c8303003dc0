"""Signed S3 URLs: AWS Signature Version 4 in the query string, as botocore's S3SigV4QueryAuth makes them byte for byte.

boto3's own presigner spends 30 to 50 times the hash work on building a request that is never sent; we sign some
hundred URLs for one page. Rules: AWS, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".
Pure: credentials, place and time are arguments, nothing is sent, and what is remembered between calls is only derived
from them.
"""

import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from types import MappingProxyType
from typing import Final, Literal, NamedTuple
from urllib.parse import quote, urlsplit

MAX_EXPIRES: Final = 7 * 24 * 3600
"""Seconds: S3 refuses a longer life (boto3 signs it all the same)."""

AddressingStyle = Literal["path", "virtual"]

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
# Proxies and clients may change or add these on the way; botocore leaves them unsigned without a word.
_UNSIGNABLE: Final = frozenset(
    {"baggage", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te"}
    | {"traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id"}
)
_KEPT_MOMENTS: Final = 64

_is_plain: Final = re.compile(r"[A-Za-z0-9_.~/-]+").fullmatch
_is_header_name: Final = re.compile(r"[a-z0-9-]+").fullmatch
is_bucket: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]").fullmatch
is_region: Final = re.compile(r"[a-z0-9-]+").fullmatch


@dataclass(frozen=True, slots=True)
class Credentials:
    """An S3 identity's keys. The session token is None (or empty) for those that last."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    ends_at: int | None = None
    """Seconds since 1970 at which they end, and every URL signed with them; None for those that last."""


class _Keyed:
    """HMAC-SHA256 with one key (RFC 2104, section 2): its two hashes, each with its half of the key taken in already.

    The standard library's object takes twice the time of the hashes themselves for one short text.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        """`key` has at most 64 bytes, as every signing key has."""
        padded = key.ljust(64, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in padded))

    def hexdigest(self, text: str) -> str:
        inner = self._inner.copy()
        inner.update(text.encode())
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()


class _Moment(NamedTuple):
    """What depends on credentials and second alone, and is the same for every URL of a page."""

    query: str  # algorithm, credential and date, as they stand in the URL
    to_sign: str  # the string to sign without its last line
    keyed: "_Keyed"  # with the day's signing key


class Signer:
    """Signs URLs of one bucket with one identity. Threads may share it.

    `endpoint_url` is scheme, host and port as browsers reach the store; "path" puts the bucket into the path,
    "virtual" before the host. ValueError when a part is unusable.
    """

    def __init__(
        self,
        credentials: Credentials,
        region: str,
        endpoint_url: str,
        bucket: str,
        addressing_style: AddressingStyle = "path",
    ) -> None:
        if not credentials.access_key or not credentials.secret_key:
            raise ValueError("the access key or the secret key is empty")
        if not is_region(region):
            raise ValueError("the region is not a region's name")
        if not is_bucket(bucket):
            raise ValueError("the bucket is not a bucket's name")
        self.credentials = credentials
        self._region = region
        self._base, self._path, host = _place(endpoint_url, bucket, addressing_style)
        self._host_header = f"host:{host}"
        token = credentials.session_token
        self._session = f"&X-Amz-Security-Token={quote(token, safe='-_.~')}" if token else ""
        self._access_key = quote(credentials.access_key, safe="-_.~")
        self._moments: dict[int, _Moment] = {}

    def __repr__(self) -> str:
        return f"Signer({self.credentials.access_key!r}, {self._base + self._path!r})"

    def life(self, signed_at: int, wanted: int) -> int:
        """Seconds for which a URL signed then is good: `wanted`, or fewer where the credentials end before."""
        ends_at = self.credentials.ends_at
        return wanted if ends_at is None else max(1, min(wanted, ends_at - signed_at))

    def presign(
        self,
        method: str,
        key: str,
        *,
        now: float,
        expires: int,
        headers: Mapping[str, str] = _NOTHING,
        query: Mapping[str, str] = _NOTHING,
    ) -> str:
        """The URL that allows `method` on `key` from `now` (seconds since 1970) for `expires` seconds.

        Exactly these `headers` must be sent with it (names in any case, never Host: that is the endpoint's), and
        `query` becomes part of it. ValueError: no key, expires outside 1 to 604800, a header or parameter that can't
        be signed.
        """
        if not 1 <= expires <= MAX_EXPIRES:
            raise ValueError(f"a signed URL lives 1 to {MAX_EXPIRES} seconds")
        if not key:
            raise ValueError("the key is empty")
        second = int(now)
        moment = self._moments.get(second) or self._moment(second)
        path = self._path + (key if _is_plain(key) else quote(key, safe="/~"))
        if headers:
            lines, names = self._signed_headers(headers)
            signed, signed_quoted = _joined(names)
        else:
            lines, signed, signed_quoted = self._host_header, "host", "host"
        start = f"{moment.query}&X-Amz-Expires={expires}"
        end = f"&X-Amz-SignedHeaders={signed_quoted}"
        url_query = f"{start}{end}{self._session}"
        canonical_query = f"{start}{self._session}{end}"  # here sorted by name
        if query:
            pairs = _quoted(query)
            url_query = f"{_text(pairs)}&{url_query}"
            canonical_query = _merged(pairs, canonical_query)
        request = f"{method.upper()}\n{path}\n{canonical_query}\n{lines}\n\n{signed}\nUNSIGNED-PAYLOAD"
        to_sign = moment.to_sign + sha256(request.encode()).hexdigest()
        signature = moment.keyed.hexdigest(to_sign)
        return f"{self._base}{path}?{url_query}&X-Amz-Signature={signature}"

    def for_keys(self, method: str, folder: str, *, now: float, expires: int) -> Callable[[str], str]:
        """What `presign` does, for many keys below `folder` (with its slash): a URL costs its hashes and little else.

        The function takes what stands behind the folder, ASCII letters and digits only; else it raises ValueError.
        """
        if not 1 <= expires <= MAX_EXPIRES:
            raise ValueError(f"a signed URL lives 1 to {MAX_EXPIRES} seconds")
        if not _is_plain(folder):
            raise ValueError("not a plain folder")
        second = int(now)
        moment = self._moments.get(second) or self._moment(second)
        start, end = f"{moment.query}&X-Amz-Expires={expires}", "&X-Amz-SignedHeaders=host"
        request_start = f"{method.upper()}\n{self._path}{folder}"
        request_end = f"\n{start}{self._session}{end}\n{self._host_header}\n\nhost\nUNSIGNED-PAYLOAD"
        url_start = f"{self._base}{self._path}{folder}"
        url_end = f"?{start}{end}{self._session}&X-Amz-Signature="
        to_sign, keyed_hexdigest = moment.to_sign, moment.keyed.hexdigest

        def sign(name: str) -> str:
            if not (name.isalnum() and name.isascii()):
                raise ValueError("not a plain name")
            digest = sha256(f"{request_start}{name}{request_end}".encode()).hexdigest()
            return f"{url_start}{name}{url_end}{keyed_hexdigest(to_sign + digest)}"

        return sign

    def _moment(self, second: int) -> _Moment:
        """Works out and remembers what URLs signed in this second share."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        day = stamp[:8]
        scope = f"{day}/{self._region}/s3/aws4_request"
        credential = f"{self._access_key}%2F{scope.replace('/', '%2F')}"
        moment = _Moment(
            f"X-Amz-Algorithm={_ALGORITHM}&X-Amz-Credential={credential}&X-Amz-Date={stamp}",
            f"{_ALGORITHM}\n{stamp}\n{scope}\n",
            _Keyed(_day_key(self.credentials.secret_key, day, self._region)),
        )
        if len(self._moments) >= _KEPT_MOMENTS:
            self._moments.clear()
        self._moments[second] = moment
        return moment

    def _signed_headers(self, headers: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        """The canonical header lines with the host's, and the names, both in order of the names."""
        order, names = _sorted_headers(tuple(headers))
        values = list(headers.values())
        lines = [
            self._host_header if place < 0 else f"{name}:{' '.join(values[place].split())}"
            for place, name in zip(order, names, strict=True)
        ]
        return "\n".join(lines), names


@lru_cache(maxsize=256)
def _sorted_headers(given: tuple[str, ...]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """The headers' places in order of their names, -1 for the host's, and the names. ValueError for unfit ones."""
    places = {"host": -1}
    for place, header in enumerate(given):
        name = header.lower()
        if name in places or name in _UNSIGNABLE or not _is_header_name(name):
            raise ValueError(f"the header {header!r} can't be signed, or is given twice")
        places[name] = place
    names = tuple(sorted(places))
    return tuple(places[name] for name in names), names


class Signers:
    """The signer of an identity whose credentials may be renewed while the service runs. Threads may share it.

    `current` gives the credentials of the moment, the same object until they are renewed; `make` a signer for them.
    """

    def __init__(self, current: Callable[[], Credentials], make: Callable[[Credentials], Signer]) -> None:
        self._current = current
        self._make = make
        self._signer: Signer | None = None

    def __call__(self) -> Signer:
        """The signer of now, for all URLs of one answer. Raises what `current` raises."""
        credentials, signer = self._current(), self._signer
        if signer is None or signer.credentials is not credentials:
            self._signer = signer = self._make(credentials)
        return signer


def _place(endpoint_url: str, bucket: str, style: AddressingStyle) -> tuple[str, str, str]:
    """What URLs begin with, the path before a key, and the Host header (which has no default port)."""
    parts = urlsplit(endpoint_url)
    host, port = parts.hostname, parts.port
    if parts.scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc:
        raise ValueError("the endpoint needs scheme and host and no user")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("the endpoint has something behind its port")
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{port}"
    if style == "virtual":
        return f"{parts.scheme}://{bucket}.{parts.netloc}", "/", f"{bucket}.{host}"
    if style == "path":
        return f"{parts.scheme}://{parts.netloc}", f"/{bucket}/", host
    raise ValueError("the addressing style is path or virtual")


def _day_key(secret_key: str, day: str, region: str) -> bytes:
    """The key that signs on `day` (YYYYMMDD, UTC) in `region`."""
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@lru_cache(maxsize=256)
def _joined(names: tuple[str, ...]) -> tuple[str, str]:
    """The names as the request to sign has them, and as the URL has them."""
    return ";".join(names), "%3B".join(names)


@lru_cache(maxsize=1024)
def _quote(text: str) -> str:
    """A name or value as it stands in a query string; remembered, as names and media types are always the same."""
    return quote(text, safe="-_.~")


def _quoted(query: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each parameter's name and value, quoted, in the order given."""
    pairs = []
    for name, value in query.items():
        if not name or name.lower().startswith("x-amz-"):
            raise ValueError(f"the parameter {name!r} belongs to the signature, or has no name")
        pairs.append((_quote(name), _quote(value)))
    return pairs


def _text(pairs: list[tuple[str, str]]) -> str:
    return "&".join([f"{name}={value}" for name, value in pairs])


def _merged(pairs: list[tuple[str, str]], own: str) -> str:
    """The parameters sorted by name with `own`, the signature's, which all begin with X-Amz- and are sorted already.

    By name, not as text: "=" sorts behind "-" and the digits, so "a=" would stand behind "a-b=".
    """
    pairs = sorted(pairs)
    before = [pair for pair in pairs if pair[0] < "X-Amz-"]
    return "&".join(filter(None, (_text(before), own, _text(pairs[len(before) :]))))
