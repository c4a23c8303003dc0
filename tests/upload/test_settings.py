"""The service starts only with exactly one valid identity that signs for browsers."""

import pytest

from common.settings import SettingsError
from tests.common.test_settings import GOOD
from upload.app import signer_provider_for
from upload.settings import UploadSettings

ROLE = {"UPLOAD_SIGN_ROLE_ARN": "arn:aws:iam::123456789012:role/vitrine/upload-sign"}
KEYS = {"S3_SIGN_ACCESS_KEY_ID": "signs", "S3_SIGN_SECRET_ACCESS_KEY": "its-secret"}
BASE = {**GOOD, "TOKEN_KEYS": "k1:" + "A" * 43}


def test_keys_of_its_own_sign() -> None:
    signer = signer_provider_for(UploadSettings.load({**BASE, **KEYS}))()
    assert (signer.credentials.access_key, signer.credentials.expires_at) == ("signs", None)


@pytest.mark.parametrize("role", [ROLE["UPLOAD_SIGN_ROLE_ARN"], "arn:aws-cn:iam::123456789012:role/a+b=c,d.e@f_-"])
def test_a_role_signs(role: str) -> None:
    assert UploadSettings.load({**BASE, "UPLOAD_SIGN_ROLE_ARN": role}).upload_sign_role_arn == role


@pytest.mark.parametrize("who", [{}, {**KEYS, **ROLE}])
def test_nobody_and_two_are_both_no_answer(who: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="S3_SIGN_ACCESS_KEY_ID and its secret, or on AWS UPLOAD_SIGN_ROLE_ARN"):
        UploadSettings.load({**BASE, **who})


@pytest.mark.parametrize("missing", sorted(KEYS))
def test_half_a_pair_is_named(missing: str) -> None:
    with pytest.raises(SettingsError, match=f"{missing} is not set, but"):
        UploadSettings.load({**BASE, **{name: value for name, value in KEYS.items() if name != missing}})


@pytest.mark.parametrize(
    "arn",
    ["upload-sign", "arn:aws:iam::123456789012:user/x", "arn:aws:iam::12:role/x", "arn:aws:iam::123456789012:role/"],
)
def test_what_is_no_role_is_named(arn: str) -> None:
    with pytest.raises(SettingsError, match="UPLOAD_SIGN_ROLE_ARN is not a role ARN"):
        UploadSettings.load({**BASE, "UPLOAD_SIGN_ROLE_ARN": arn})


@pytest.mark.parametrize("variable", ["UPLOAD_KEY", "ADMIN_TOKEN"])
@pytest.mark.parametrize("value", ["ü" * 32, "a b" * 12, "x" * 40 + "\udcff", "\x7f" * 40])
def test_a_secret_that_no_header_can_carry_would_open_nothing(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable} has characters that a header cannot carry"):
        UploadSettings.load({**BASE, **KEYS, variable: value})
