"""What protects pages and films is the same on one machine and in the Terraform of CloudFront and API Gateway."""

import re
from pathlib import Path

from matinee.http import cors
from matinee.http.delivery import CORS, PREFLIGHT
from matinee.http.pages import PAGE_HEADERS, POLICY

TERRAFORM = Path(__file__).parents[2] / "terraform"
DELIVERY = (TERRAFORM / "delivery.tf").read_text()
API = (TERRAFORM / "api.tf").read_text()
# TLS is CloudFront's on AWS, and a proxy's on one machine; how long a page is kept, S3 says with each object.
ONLY_ON_AWS, ONLY_HERE = {"Strict-Transport-Security"}, {"Cache-Control"}


def block(text: str, opening: str) -> str:
    """What stands between the braces behind `opening`."""
    rest = text[text.index(opening) + len(opening) :]
    depth = 1
    for at, sign in enumerate(rest):
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            return rest[:at]
    raise AssertionError(opening)


def strings(text: str) -> list[str]:
    """Every quoted text, interpolations and all."""
    return re.findall(r'"((?:\$\{[^}]*\}|[^"])*)"', text)


def named(text: str, name: str) -> list[str]:
    """The list that `name` is set to."""
    found = re.search(rf"\b{name}\s*=\s*\[([^\]]*)\]", text)
    assert found is not None, name
    return strings(found[1])


def headers_of(policy: str) -> dict[str, str]:
    """What a response headers policy adds, beside CORS."""
    text = block(DELIVERY, f'resource "aws_cloudfront_response_headers_policy" "{policy}" {{')
    security = block(text, "security_headers_config {")
    custom = re.findall(r'header\s+=\s+"([^"]+)"\s+value\s+=\s+"([^"]+)"', block(text, "custom_headers_config {"))
    found = dict(custom)
    if "content_type_options {" in security:
        found["X-Content-Type-Options"] = "nosniff"
    if "strict_transport_security {" in security:
        found["Strict-Transport-Security"] = "on"
    if "referrer_policy {" in security:
        found["Referrer-Policy"] = strings(block(security, "referrer_policy {"))[0]
    if "content_security_policy {" in security:
        assert "= local.page_policy" in security
        found["Content-Security-Policy"] = page_policy()
    return found


def page_policy() -> str:
    """The policy of the pages on CloudFront, but where connections lead: two places more than on one machine."""
    rows = strings(re.search(r'page_policy = join\("; ", \[(.*?)\n  \]\)', DELIVERY, re.DOTALL)[1])  # type: ignore[index]
    assert named(DELIVERY.replace("compact(", ""), "connect_sources")[0] == "'self'"
    return "; ".join("connect-src 'self'" if row.startswith("connect-src") else row for row in rows)


def test_pages_have_the_same_headers_on_both_sides() -> None:
    here = {name: value for name, value in PAGE_HEADERS.items() if name not in ONLY_HERE}
    there = {name: value for name, value in headers_of("pages").items() if name not in ONLY_ON_AWS}
    assert there == here
    assert there["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY


def test_films_have_the_same_headers_on_both_sides() -> None:
    there = {name.lower(): value for name, value in headers_of("media").items()}
    kept = there.pop("cache-control")
    del there["strict-transport-security"]
    here = {name.decode(): value.decode() for name, value in CORS if not name.startswith(b"access-control")}
    assert there == here
    assert kept == "private, max-age=86400, immutable"


def test_films_may_be_read_by_the_same_pages_on_both_sides() -> None:
    text = block(block(DELIVERY, '"aws_cloudfront_response_headers_policy" "media" {'), "cors_config {")
    here = {name.decode().removeprefix("access-control-"): value.decode() for name, value in CORS + PREFLIGHT}

    def listed(name: str) -> set[str]:
        return {each.lower() for each in named(block(text, f"access_control_{name} {{"), "items")}

    assert listed("allow_origins") == {here["allow-origin"]}
    assert listed("expose_headers") == set(here["expose-headers"].split(", "))
    assert listed("allow_headers") == set(here["allow-headers"].split(", "))
    assert listed("allow_methods") - {"options"} == set(here["allow-methods"].lower().split(", "))
    assert f"access_control_max_age_sec       = {here['max-age']}" in text
    assert "access_control_allow_credentials = false" in text


def test_the_api_may_be_called_by_the_same_pages_on_both_sides() -> None:
    text = block(API, 'dynamic "cors_configuration" {')
    assert named(text, "allow_methods") == list(cors.METHODS)
    assert named(text, "allow_headers") == list(cors.ASKED)
    assert named(text, "expose_headers") == list(cors.TOLD)
    assert re.search(rf"max_age\s+= {cors.MAX_AGE_SECONDS}\n", text)
    assert re.search(r"allow_credentials = false\n", text)
