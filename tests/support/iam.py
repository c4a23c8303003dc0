"""Evaluates IAM policies for one request, as AWS does within one account. Pure.

Source: IAM user guide, "Policy evaluation logic" and "IAM JSON policy elements: Condition operators". Only the elements
and operators that our documents use are known; any other one fails the test.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

Policy = Mapping[str, Any]
Statement = Mapping[str, Any]

ELEMENTS = {"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}


@dataclass(frozen=True)
class Request:
    """A request. ``context`` holds the values of condition keys; a key that the request does not have is absent."""

    action: str
    resource: str
    """The ARN of the bucket or the object."""
    context: Mapping[str, str] = field(default_factory=dict)


def allows(request: Request, *, identity: Iterable[Policy], bucket: Policy, session: Policy | None = None) -> bool:
    """Whether a request of an identity is allowed.

    A Deny of any policy wins. Otherwise a policy of the identity has to allow it and, in a session with a session
    policy, that policy too. Bucket policies that only deny take part in the first step alone.
    """
    own = list(identity)
    assert all(statement["Effect"] == "Deny" for statement in bucket["Statement"]), "a bucket policy that allows"
    if any(_says(policy, "Deny", request) for policy in (*own, bucket, *([session] if session else []))):
        return False
    return any(_says(policy, "Allow", request) for policy in own) and (
        session is None or _says(session, "Allow", request)
    )


def _says(policy: Policy, effect: str, request: Request) -> bool:
    return any(statement["Effect"] == effect and _applies(statement, request) for statement in policy["Statement"])


def _applies(statement: Statement, request: Request) -> bool:
    assert set(statement) <= ELEMENTS, statement
    assert statement.get("Principal", "*") == "*", statement
    return (
        _matches(request.action, statement["Action"])
        and _matches(request.resource, statement["Resource"])
        and all(
            _holds(operator, key, _list(wanted), request.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, wanted in keys.items()
        )
    )


def _holds(operator: str, key: str, wanted: list[str], context: Mapping[str, str]) -> bool:
    """Whether one key meets one operator. Several keys and operators are joined by AND, several values by OR."""
    value = context.get(key)
    if operator == "Null":
        return (value is None) == (wanted == ["true"])
    if value is None:
        return operator == "StringNotEquals"  # a negated operator holds for an absent key, others do not
    return _OPERATORS[operator](value, wanted)


def _matches(value: str, patterns: str | list[str]) -> bool:
    return any(fnmatchcase(value, pattern) for pattern in _list(patterns))


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


_OPERATORS: dict[str, Callable[[str, list[str]], bool]] = {
    "StringEquals": lambda value, wanted: value in wanted,
    "StringNotEquals": lambda value, wanted: value not in wanted,
    "StringLike": _matches,
    "ArnEquals": _matches,
    "Bool": lambda value, wanted: value in wanted,
    "NumericLessThan": lambda value, wanted: any(float(value) < float(limit) for limit in wanted),
    "NumericGreaterThan": lambda value, wanted: any(float(value) > float(limit) for limit in wanted),
}
