"""Presigns S3 URLs (AWS Signature Version 4 in the query string), byte for byte like botocore's S3SigV4QueryAuth.

boto3's presigner takes 30 to 50 times as long as the hashes, because it builds a request that is never sent, and one
page needs hundreds of URLs. Source: AWS, "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)".
Pure: credentials, endpoint and time are arguments, nothing is sent, and caches only contain values derived from these.
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
"""In seconds. S3 refuses a longer lifetime; boto3 signs it nevertheless."""

AddressingStyle = Literal["path", "virtual"]

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_EMPTY: Final[Mapping[str, str]] = MappingProxyType({})
# Proxies and clients may change or add these headers. botocore silently leaves them unsigned.
_UNSIGNABLE: Final = frozenset(
    {"baggage", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "te"}
    | {"traceparent", "tracestate", "trailer", "transfer-encoding", "upgrade", "user-agent", "x-amzn-trace-id"}
)
_MAX_CONTEXTS: Final = 64

_is_plain: Final = re.compile(r"[A-Za-z0-9_.~/-]+").fullmatch
_is_header_name: Final = re.compile(r"[a-z0-9-]+").fullmatch
is_bucket: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]").fullmatch
is_region: Final = re.compile(r"[a-z0-9-]+").fullmatch


@dataclass(frozen=True, slots=True)
class Credentials:
    """S3 credentials. Static ones have no session token (None or "")."""

    access_key: str
    secret_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    expires_at: int | None = None
    """Expiry in seconds since 1970, also of every URL signed with them; None for static credentials."""


class _HmacKey:
    """HMAC-SHA256 with a fixed key (RFC 2104, section 2). Keeps the inner and outer hash with the padded key applied.

    For short texts the standard library's HMAC object takes twice as long as the hashes themselves.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        """`key` must have at most 64 bytes; signing keys have 32."""
        padded = key.ljust(64, b"\0")
        self._inner = sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = sha256(bytes(byte ^ 0x5C for byte in padded))

    def hexdigest(self, text: str) -> str:
        inner = self._inner.copy()
        inner.update(text.encode())
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.hexdigest()


class _SigningContext(NamedTuple):
    """Values that depend only on the credentials and the second, so all URLs of a page share them."""

    query: str  # algorithm, credential and date, as in the URL
    to_sign: str  # the string to sign without its last line
    hmac_key: "_HmacKey"  # HMAC with the signing key of the day


class Signer:
    """Presigns URLs of one bucket with one set of credentials. Thread-safe.

    `endpoint_url`: scheme, host and port at which browsers reach S3. `addressing_style`: "path" puts the bucket into
    the path, "virtual" before the host. Raises ValueError if an argument is not valid.
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
            raise ValueError("the region is not a valid region name")
        if not is_bucket(bucket):
            raise ValueError("the bucket is not a valid bucket name")
        self.credentials = credentials
        self._region = region
        self._base, self._path, host = _url_parts(endpoint_url, bucket, addressing_style)
        self._host_header = f"host:{host}"
        token = credentials.session_token
        self._session = f"&X-Amz-Security-Token={quote(token, safe='-_.~')}" if token else ""
        self._access_key = quote(credentials.access_key, safe="-_.~")
        self._contexts: dict[int, _SigningContext] = {}

    def __repr__(self) -> str:
        return f"Signer({self.credentials.access_key!r}, {self._base + self._path!r})"

    def lifetime(self, signed_at: int, wanted: int) -> int:
        """Return how many seconds a URL signed at `signed_at` (seconds since 1970) is valid.

        That is `wanted`, or less if the credentials expire earlier, but at least 1.
        """
        expires_at = self.credentials.expires_at
        return wanted if expires_at is None else max(1, min(wanted, expires_at - signed_at))

    def presign(
        self,
        method: str,
        key: str,
        *,
        now: float,
        expires: int,
        headers: Mapping[str, str] = _EMPTY,
        query: Mapping[str, str] = _EMPTY,
    ) -> str:
        """Return the URL that allows `method` on `key` for `expires` seconds from `now` (seconds since 1970).

        The client must send exactly these `headers`. Their names may be in any case; Host is signed anyway and must not
        be given. `query` becomes part of the URL. Raises ValueError if `key` is empty, `expires` is not in 1 to 604800,
        or a header or parameter can't be signed.
        """
        if not 1 <= expires <= MAX_EXPIRES:
            raise ValueError(f"a signed URL lives 1 to {MAX_EXPIRES} seconds")
        if not key:
            raise ValueError("the key is empty")
        second = int(now)
        context = self._contexts.get(second) or self._context(second)
        path = self._path + (key if _is_plain(key) else quote(key, safe="/~"))
        if headers:
            lines, names = self._signed_headers(headers)
            signed, signed_quoted = _joined(names)
        else:
            lines, signed, signed_quoted = self._host_header, "host", "host"
        start = f"{context.query}&X-Amz-Expires={expires}"
        end = f"&X-Amz-SignedHeaders={signed_quoted}"
        url_query = f"{start}{end}{self._session}"
        canonical_query = f"{start}{self._session}{end}"  # sorted by name, as the canonical request requires
        if query:
            pairs = _quoted(query)
            url_query = f"{_text(pairs)}&{url_query}"
            canonical_query = _merged(pairs, canonical_query)
        request = f"{method.upper()}\n{path}\n{canonical_query}\n{lines}\n\n{signed}\nUNSIGNED-PAYLOAD"
        to_sign = context.to_sign + sha256(request.encode()).hexdigest()
        signature = context.hmac_key.hexdigest(to_sign)
        return f"{self._base}{path}?{url_query}&X-Amz-Signature={signature}"

    def presigner_for_folder(self, method: str, folder: str, *, now: float, expires: int) -> Callable[[str], str]:
        """Return a fast `presign` for many keys below `folder` (with its final slash): it mostly costs the hashes.

        The returned function takes the rest of the key: ASCII letters and digits, else it raises ValueError. `now` is
        in seconds since 1970, `expires` in seconds. Raises ValueError if `expires` or `folder` is not valid.
        """
        if not 1 <= expires <= MAX_EXPIRES:
            raise ValueError(f"a signed URL lives 1 to {MAX_EXPIRES} seconds")
        if not _is_plain(folder):
            raise ValueError("the folder has characters that need quoting")
        second = int(now)
        context = self._contexts.get(second) or self._context(second)
        start, end = f"{context.query}&X-Amz-Expires={expires}", "&X-Amz-SignedHeaders=host"
        request_start = f"{method.upper()}\n{self._path}{folder}"
        request_end = f"\n{start}{self._session}{end}\n{self._host_header}\n\nhost\nUNSIGNED-PAYLOAD"
        url_start = f"{self._base}{self._path}{folder}"
        url_end = f"?{start}{end}{self._session}&X-Amz-Signature="
        to_sign, hexdigest = context.to_sign, context.hmac_key.hexdigest

        def sign(name: str) -> str:
            if not (name.isalnum() and name.isascii()):
                raise ValueError("the name has characters other than ASCII letters and digits")
            digest = sha256(f"{request_start}{name}{request_end}".encode()).hexdigest()
            return f"{url_start}{name}{url_end}{hexdigest(to_sign + digest)}"

        return sign

    def _context(self, second: int) -> _SigningContext:
        """Compute and cache the values that all URLs signed in this second share."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        day = stamp[:8]
        scope = f"{day}/{self._region}/s3/aws4_request"
        credential = f"{self._access_key}%2F{scope.replace('/', '%2F')}"
        context = _SigningContext(
            f"X-Amz-Algorithm={_ALGORITHM}&X-Amz-Credential={credential}&X-Amz-Date={stamp}",
            f"{_ALGORITHM}\n{stamp}\n{scope}\n",
            _HmacKey(_day_key(self.credentials.secret_key, day, self._region)),
        )
        if len(self._contexts) >= _MAX_CONTEXTS:
            self._contexts.clear()
        self._contexts[second] = context
        return context

    def _signed_headers(self, headers: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
        """Return the canonical header lines, including Host, and the header names, both sorted by name."""
        order, names = _sorted_headers(tuple(headers))
        values = list(headers.values())
        lines = [
            self._host_header if position < 0 else f"{name}:{' '.join(values[position].split())}"
            for position, name in zip(order, names, strict=True)
        ]
        return "\n".join(lines), names


@lru_cache(maxsize=256)
def _sorted_headers(given: tuple[str, ...]) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Return the headers' indexes sorted by name (-1: Host) and the names. Raises ValueError for an invalid header."""
    positions = {"host": -1}
    for position, header in enumerate(given):
        name = header.lower()
        if name in positions or name in _UNSIGNABLE or not _is_header_name(name):
            raise ValueError(f"the header {header!r} can't be signed, or is given twice")
        positions[name] = position
    names = tuple(sorted(positions))
    return tuple(positions[name] for name in names), names


class SignerProvider:
    """Returns a signer with the current credentials, which may be refreshed while the service runs. Thread-safe.

    `provider` returns the credentials, the same object until they are refreshed. `make` creates a signer with them.
    """

    def __init__(self, provider: Callable[[], Credentials], make: Callable[[Credentials], Signer]) -> None:
        self._provider = provider
        self._make = make
        self._signer: Signer | None = None

    def __call__(self) -> Signer:
        """Return the current signer; use one signer for all URLs of a response. Raises what `provider` raises."""
        credentials, signer = self._provider(), self._signer
        if signer is None or signer.credentials is not credentials:
            self._signer = signer = self._make(credentials)
        return signer


def _url_parts(endpoint_url: str, bucket: str, style: AddressingStyle) -> tuple[str, str, str]:
    """Return the start of all URLs, the path before the key, and the Host header (without a default port)."""
    parts = urlsplit(endpoint_url)
    host, port = parts.hostname, parts.port
    if parts.scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc:
        raise ValueError("the endpoint needs a scheme and a host, and no user")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("the endpoint must have nothing after its port")
    if ":" in host:
        host = f"[{host}]"
    if port is not None and port != _DEFAULT_PORTS[parts.scheme]:
        host = f"{host}:{port}"
    if style == "virtual":
        return f"{parts.scheme}://{bucket}.{parts.netloc}", "/", f"{bucket}.{host}"
    if style == "path":
        return f"{parts.scheme}://{parts.netloc}", f"/{bucket}/", host
    raise ValueError("the addressing style must be path or virtual")


def _day_key(secret_key: str, day: str, region: str) -> bytes:
    """Derive the signing key for `day` (YYYYMMDD, UTC) in `region`."""
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key


@lru_cache(maxsize=256)
def _joined(names: tuple[str, ...]) -> tuple[str, str]:
    """The header names as the canonical request writes them, and as the URL does."""
    return ";".join(names), "%3B".join(names)


@lru_cache(maxsize=1024)
def _quote(text: str) -> str:
    """Quote a name or value for a query string. Cached, because names and media types repeat."""
    return quote(text, safe="-_.~")


def _quoted(query: Mapping[str, str]) -> list[tuple[str, str]]:
    """Quote each name and value, in the given order. Raises ValueError for a name that can't be signed."""
    pairs = []
    for name, value in query.items():
        if not name or name.lower().startswith("x-amz-"):
            raise ValueError(f"the parameter {name!r} belongs to the signature, or has no name")
        pairs.append((_quote(name), _quote(value)))
    return pairs


def _text(pairs: list[tuple[str, str]]) -> str:
    return "&".join([f"{name}={value}" for name, value in pairs])


def _merged(pairs: list[tuple[str, str]], own: str) -> str:
    """Merge the parameters with those of the signature (`own`, sorted, all named X-Amz-…), sorted by name.

    Sorts by name, not as text: "=" sorts after "-" and the digits, so "a=" would come after "a-b=".
    """
    pairs = sorted(pairs)
    before = [pair for pair in pairs if pair[0] < "X-Amz-"]
    return "&".join(filter(None, (_text(before), own, _text(pairs[len(before) :]))))
