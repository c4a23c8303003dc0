"""What can be seen in the gateway's templates without running nginx: the traps that nginx does not warn about."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).parents[2] / "gateway/templates"
ALL = {str(path.relative_to(TEMPLATES)): path.read_text("utf-8") for path in TEMPLATES.rglob("*.template")}
CODE = {name: re.sub(r"(?m)^\s*#.*$", "", text) for name, text in ALL.items()}
VARIABLES = {
    "GATEWAY_LISTEN",
    "SERVER_NAMES",
    "PUBLIC_ORIGINS",
    "S3_PUBLIC_ENDPOINT_URL",
    "UPLOAD_SERVERS",
    "CATALOG_SERVERS",
    "DOWNLOAD_SERVERS",
    "STATIC_ROOT",
    "RESOLVER",
    "CACHE_DIR",
    "TRUSTED_PROXIES",
    "AUTH_URL",
    "AUTH_SIGN_IN",
}
INCLUDE_HEADERS = "include conf.d/snippets/headers.inc;"


def blocks(text: str) -> list[str]:
    """Return what each block says itself, without its inner blocks; the file's top level comes last."""
    bare = re.sub(r"""'[^']*'|"[^"]*\"""", "''", text)
    found, stack = [], [""]
    for part in re.split(r"([{}])", bare):
        if part == "{":
            stack.append("")
        elif part == "}":
            found.append(stack.pop())
        else:
            stack[-1] += part
    return [*found, *stack]


def test_only_the_agreed_variables_are_filled_in() -> None:
    """A variable that nobody sets would stay in the text, and nginx would refuse to start or use it as a name."""
    assert {name for text in ALL.values() for name in re.findall(r"\$\{(\w+)\}", text)} == VARIABLES


@pytest.mark.parametrize("name", sorted(CODE))
def test_a_block_that_adds_a_header_includes_the_common_ones(name: str) -> None:
    """One add_header drops every inherited one, the security headers first of all."""
    if name == "snippets/headers.inc.template":
        return
    assert all(INCLUDE_HEADERS in block for block in blocks(CODE[name]) if "add_header" in block)


def test_common_headers_are_sent_with_errors_too() -> None:
    """Without "always" nginx leaves a header out of 4xx and 5xx answers."""
    lines = [line for line in CODE["snippets/headers.inc.template"].splitlines() if "add_header" in line]
    assert lines
    assert all(line.endswith(" always;") for line in lines)


@pytest.mark.parametrize("directive", ["proxy_set_header", "proxy_hide_header"])
def test_forwarded_headers_are_set_in_one_place(directive: str) -> None:
    """A second place would drop the first one's list, and what a client forged would pass."""
    places = {name for name, text in CODE.items() if directive in text}
    # The sign-in service is told less than the services are, and everything it is told stands in these two.
    assert places - {"snippets/auth-headers.inc.template", "snippets/auth.inc.template"} == {"50-proxy.conf.template"}


def test_the_log_format_has_no_variable_that_can_hold_a_secret() -> None:
    """Queries, header lines and the raw request line carry signatures, tokens and share links."""
    used = set(re.findall(r"\$(\w+)", CODE["20-log.conf.template"].split("log_format")[1]))
    assert "log_path" in used
    assert not used & {"request", "request_uri", "args", "query_string", "uri", "document_uri"}
    assert {name for name in used if name.startswith(("arg_", "http_", "cookie_"))} == {"http_user_agent"}


@pytest.mark.parametrize("directive", ["sendfile", "keepalive_timeout", "default_type", "access_log", "include"])
def test_http_level_files_leave_alone_what_the_image_s_frame_sets(directive: str) -> None:
    """The public image's nginx.conf sets these at http level; a second time is an error or is written twice."""
    for name, text in CODE.items():
        if name.startswith("snippets/"):
            continue
        outside = re.sub(r"(?s)^(server|upstream) .*?^\}", "", text, flags=re.MULTILINE)
        assert not re.search(rf"(?m)^\s*{directive}\s", outside), name


def test_connections_to_services_are_kept_on_purpose_and_the_gateway_closes_them_first() -> None:
    """nginx 1.30 keeps 32 for a minute by itself, 1.28 none; what holds here must not depend on the version."""
    gunicorn = (TEMPLATES.parents[1] / "services/gunicorn.conf.py").read_text("utf-8")
    (service_seconds,) = re.findall(r"(?m)^keepalive = (\d+)", gunicorn)
    upstreams = re.findall(r"(?ms)^upstream \w+ \{.*?^\}", CODE["40-upstreams.conf.template"])
    assert len(upstreams) == 3
    for upstream in upstreams:
        assert re.findall(r"(?m)^    keepalive (\d+);$", upstream) == ["32"]
        (seconds,) = re.findall(r"(?m)^    keepalive_timeout (\d+)s;$", upstream)
        assert int(seconds) < int(service_seconds) / 2
    proxy = CODE["50-proxy.conf.template"]
    assert re.findall(r"(?m)^proxy_http_version +(\S+);$", proxy) == ["1.1"]
    assert re.findall(r"(?m)^proxy_set_header Connection +(\S+);$", proxy) == ['""']


def test_every_snippet_is_used() -> None:
    """What no file includes is not in force, whatever it says."""
    included = {found for text in CODE.values() for found in re.findall(r"include conf\.d/(\S+);", text)}
    assert included == {name.removesuffix(".template") for name in ALL if name.startswith("snippets/")}


def test_service_answers_are_never_replaced() -> None:
    """A service's problem document says more than the gateway knows."""
    assert not any("proxy_intercept_errors" in text for text in CODE.values())
