"""Content-Disposition transports any name to any browser and is always exactly one header value."""

import re
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.domain import filenames

# RFC 6266 section 4.1 and RFC 8187 section 3.2.1, limited to the forms that content_disposition writes.
FORM = re.compile(
    r"""(attachment|inline); filename="([ !#$&-\[\]-~]+)"; """
    r"""filename\*=UTF-8''((?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})+)"""
)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IMG_1234.jpg", "attachment; filename=\"IMG_1234.jpg\"; filename*=UTF-8''IMG_1234.jpg"),
        ("Férias.jpg", "attachment; filename=\"Ferias.jpg\"; filename*=UTF-8''F%C3%A9rias.jpg"),
        ("日本.png", "attachment; filename=\"__.png\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.png"),
        ('a "b" 100%41.gif', "attachment; filename=\"a _b_ 100_41.gif\"; filename*=UTF-8''a%20_b_%20100%2541.gif"),
        ("it's (1).webp", "attachment; filename=\"it's (1).webp\"; filename*=UTF-8''it%27s%20%281%29.webp"),
    ],
)
def test_both_forms_of_a_name(name: str, value: str) -> None:
    assert filenames.content_disposition("attachment", name) == value


@given(st.text(st.characters()))
def test_any_name_makes_one_well_formed_value_that_gives_it_back(name: str) -> None:
    value = filenames.content_disposition("inline", name)
    match = FORM.fullmatch(value)
    assert match
    assert unquote(match[3], errors="strict") == filenames.windows_safe_name(filenames.clean(name))


@given(st.text(st.characters()))
def test_another_parser_reads_the_same_name(name: str) -> None:
    message = Message()
    message["Content-Disposition"] = filenames.content_disposition("attachment", name)
    assert message.get_content_disposition() == "attachment"
    plain = message["Content-Disposition"].split("filename*=")[0]
    only_plain = Message()
    only_plain["Content-Disposition"] = plain.rstrip("; ")
    assert only_plain.get_filename()


@pytest.mark.parametrize("disposition", ["", "form-data", "attachment; x=y", "inline\r\nX: y"])
def test_only_the_two_dispositions_exist(disposition: str) -> None:
    with pytest.raises(ValueError, match="attachment or inline"):
        filenames.content_disposition(disposition, "a.jpg")
