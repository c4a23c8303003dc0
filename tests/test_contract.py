"""The committed contract is what the services' routes and Structs say."""

from pathlib import Path

import pytest

from local import contract, typescript
from local.settings import ROOT


@pytest.mark.parametrize("path", contract.generated(), ids=lambda path: str(path.relative_to(ROOT)))
def test_the_committed_file_is_what_is_generated(path: Path) -> None:
    assert path.read_text("utf-8") == contract.generated()[path], f"{path} is out of date: run make contract"


def test_two_meanings_of_one_name_are_refused() -> None:
    documents = [{"components": {"schemas": {"Page": {"type": kind}}}} for kind in ("string", "integer")]
    with pytest.raises(ValueError, match="Page"):
        typescript.declarations(documents)


def test_members_unions_and_comments_become_typescript() -> None:
    members = {
        "put": {"$ref": "#/components/schemas/Put"},
        "sizes": {"type": "array", "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}, "description": "Bytes"},
        "headers": {"type": "object", "additionalProperties": {"type": "string"}},
    }
    schemas = {
        "Sent": {"type": "object", "properties": members, "required": ["put", "sizes"]},
        "Put": {"enum": ["PUT", None]},
    }
    assert typescript.declarations([{"components": {"schemas": schemas}}]) == typescript.HEADER + (
        "\nexport type Put = 'PUT' | null;\n"
        "\nexport interface Sent {\n"
        "  put: Put;\n"
        "  /** Bytes */\n"
        "  sizes: (number | null)[];\n"
        "  headers?: Record<string, string>;\n"
        "}\n"
    )


def test_a_schema_without_a_typescript_type_is_refused() -> None:
    with pytest.raises(ValueError, match="no TypeScript type"):
        typescript.declarations([{"components": {"schemas": {"Odd": {"type": ["string", "null"]}}}}])
