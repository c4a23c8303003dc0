"""Reads and checks the settings of the upload service from its environment."""

import re
from typing import Annotated

import msgspec

from common.domain.tokens import Keyring
from common.settings import Secret, Settings, SettingsError, check_pair, is_loopback
from upload.limits import UPLOAD_SECONDS

SINGLE_PUT_LIMIT = 5 * 10**9
"""In bytes. S3 accepts at most 5 GB in one PUT or one CopyObject (S3 quotas)."""

MIN_SECRET_LENGTH = 32
MIN_UPLOAD_KEY_LENGTH = 16
"""Shorter than other secrets, because people type it. The gateway's rate limit alone would not protect a PIN."""

_fits_a_header = re.compile(r"[\x21-\x7e]+").fullmatch
_is_role = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]+", re.ASCII).fullmatch


DEFAULT_BUDGET = 32 * 1024**3
"""In bytes: three times a drop of 2,000 photographs."""
MIN_BUDGET = 16 * 1024**2
"""In bytes. A smaller budget refuses usual photographs. It is most likely in another unit, as 32 for 32 GiB."""
MAX_BUDGET = 10**15
"""In bytes. The arithmetic of the budget is exact up to here."""
MAX_STAGING_HOURS = UPLOAD_SECONDS // 3600
"""The right to upload ends after this time, so nothing older can be finished."""
MIN_STAGING_HOURS = 24
"""With a shorter time, people who continue on the next day would have to send all parts again."""


class UploadSettings(Settings, frozen=True, kw_only=True):
    s3_sign_access_key_id: str = ""
    s3_sign_secret_access_key: Secret = Secret("")
    """The identity that signs URLs for browsers. It may only PUT below staging/."""
    upload_sign_role_arn: str = ""
    """The same identity as an AWS role. The service assumes it and needs no keys for it."""
    token_keys: Secret
    """kid:secret,… - the first key signs upload tokens, all keys verify them."""
    admin_token: Secret | None = None
    upload_key: Secret | None = None
    open_uploads: bool = False
    companion: bool = False
    """Whether the routes that Uppy calls exist."""
    max_upload_bytes: int = 50 * 1024 * 1024
    upload_budget: Annotated[int, msgspec.Meta(ge=0, le=MAX_BUDGET)] = DEFAULT_BUDGET
    """How many bytes one client address may be granted in an hour. 0: any number."""
    store_space_file: str = ""
    """The file with the free space of the store's disk (store_space.py). Empty: nothing is known of that disk."""
    staging_hours: Annotated[int, msgspec.Meta(ge=MIN_STAGING_HOURS, le=MAX_STAGING_HOURS)] = MAX_STAGING_HOURS
    """How long an upload in parts is kept without a new part. Only the reconciler reads it, if ``expiry`` is on."""
    expiry: bool = True
    """Whether the reconciler removes expired objects. Off where the bucket's lifecycle does it."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.keyring()
        self._check_sign_identity()
        if not 1 <= self.max_upload_bytes <= SINGLE_PUT_LIMIT:
            raise SettingsError(f"MAX_UPLOAD_BYTES must be from 1 to {SINGLE_PUT_LIMIT}: S3 copies no more in one call")
        if 0 < self.upload_budget < MIN_BUDGET:
            raise SettingsError(
                f"UPLOAD_BUDGET is {self.upload_budget} bytes, less than a photograph may have: "
                f"use at least {MIN_BUDGET} bytes (16 MiB), or 0 for no limit"
            )
        if self.admin_token is not None and len(self.admin_token) < MIN_SECRET_LENGTH:
            raise SettingsError(f"ADMIN_TOKEN is too short: use at least {MIN_SECRET_LENGTH} random characters")
        if self.upload_key is not None and len(self.upload_key) < MIN_UPLOAD_KEY_LENGTH:
            raise SettingsError(
                f"UPLOAD_KEY is too short to resist guessing: use {MIN_UPLOAD_KEY_LENGTH} or more characters"
            )
        for name in ("admin_token", "upload_key"):
            if not _fits_a_header(getattr(self, name) or "x"):
                raise SettingsError(
                    f"{name.upper()} has characters that a header cannot carry: use letters, digits and -_.~"
                )
        if self.upload_key is None and not self.open_uploads and not self._on_loopback_only():
            raise SettingsError(
                "UPLOAD_KEY is not set, so anyone who reaches the page could upload: "
                "set it, or set OPEN_UPLOADS=true to allow that"
            )

    @property
    def largest_file(self) -> int:
        """In bytes. A file larger than a whole hour's budget would be refused at any time."""
        return min(self.max_upload_bytes, self.upload_budget or self.max_upload_bytes)

    def _check_sign_identity(self) -> None:
        check_pair(self, "s3_sign_access_key_id", "s3_sign_secret_access_key")
        if bool(self.s3_sign_access_key_id) is bool(self.upload_sign_role_arn):
            raise SettingsError(
                "Set exactly one identity to sign for browsers: "
                "S3_SIGN_ACCESS_KEY_ID and its secret, or on AWS UPLOAD_SIGN_ROLE_ARN"
            )
        if self.upload_sign_role_arn and not _is_role(self.upload_sign_role_arn):
            raise SettingsError("UPLOAD_SIGN_ROLE_ARN is not a role ARN, as arn:aws:iam::123456789012:role/upload-sign")

    def keyring(self) -> Keyring:
        """Parse TOKEN_KEYS. Raises SettingsError."""
        try:
            return Keyring.parse(self.token_keys)
        except ValueError as error:
            raise SettingsError(f"TOKEN_KEYS cannot be used: {error}") from None

    def _on_loopback_only(self) -> bool:
        return all(is_loopback(url) for url in (*self.public_origins, self.s3_public_endpoint_url))
