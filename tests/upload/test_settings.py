"""The service starts only with exactly one valid identity that signs for browsers."""

from datetime import timedelta

import pytest

from common.settings import SettingsError
from tests.common.test_settings import GOOD
from upload.app import signer_provider_for
from upload.expiry import STAGING_AGE
from upload.limits import UPLOAD_SECONDS
from upload.settings import MAX_STAGING_HOURS, UploadSettings

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


@pytest.mark.parametrize(
    ("variable", "values"),
    [
        ("UPLOAD_BUDGET", ["-1", "32GiB", "1.5", "none", str(10**15 + 1)]),
        ("STAGING_HOURS", ["0", "23", "145", "-1", "6d"]),
    ],
)
def test_a_value_that_is_no_limit_is_named(variable: str, values: list[str]) -> None:
    for value in values:
        with pytest.raises(SettingsError, match=f"{variable} cannot be used"):
            UploadSettings.load({**BASE, **KEYS, variable: value})


def test_limits_without_a_word_and_at_their_ends() -> None:
    found = UploadSettings.load({**BASE, **KEYS})
    assert (found.upload_budget, found.staging_hours, found.store_space_file) == (32 * 1024**3, 144, "")
    for budget, hours in (("0", "24"), (str(16 * 1024**2), "24"), (str(10**15), "144")):
        found = UploadSettings.load({**BASE, **KEYS, "UPLOAD_BUDGET": budget, "STAGING_HOURS": hours})
        assert (str(found.upload_budget), str(found.staging_hours)) == (budget, hours)


def test_no_upload_is_given_up_after_its_right_has_ended_or_while_an_outage_may_last() -> None:
    """The token's six days are the longest that an unfinished upload can be of use."""
    assert MAX_STAGING_HOURS * 3600 == UPLOAD_SECONDS
    assert timedelta(hours=MAX_STAGING_HOURS) < STAGING_AGE


@pytest.mark.parametrize("budget", ["1", "32", str(16 * 1024**2 - 1)])
def test_a_budget_in_another_unit_is_refused_with_the_right_one(budget: str) -> None:
    """32 would refuse every file."""
    with pytest.raises(SettingsError, match=rf"UPLOAD_BUDGET is {budget} bytes.* at least 16777216 bytes \(16 MiB\)"):
        UploadSettings.load({**BASE, **KEYS, "UPLOAD_BUDGET": budget})


@pytest.mark.parametrize(("budget", "largest"), [("0", 20 << 20), ("16777216", 16 << 20), ("20971521", 20 << 20)])
def test_no_file_is_larger_than_an_hour_s_budget(budget: str, largest: int) -> None:
    found = UploadSettings.load({**BASE, **KEYS, "MAX_UPLOAD_BYTES": str(20 << 20), "UPLOAD_BUDGET": budget})
    assert found.largest_file == largest


@pytest.mark.parametrize("variable", ["UPLOAD_KEY", "ADMIN_TOKEN"])
@pytest.mark.parametrize("value", ["ü" * 32, "a b" * 12, "x" * 40 + "\udcff", "\x7f" * 40])
def test_a_secret_that_no_header_can_carry_would_open_nothing(variable: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{variable} has characters that a header cannot carry"):
        UploadSettings.load({**BASE, **KEYS, variable: value})
