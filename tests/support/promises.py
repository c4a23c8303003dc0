"""Compares the list of promises, tests/promises.toml, with the tests: `python -m tests.support.promises`.

A test is named as pytest names it, without parameters: `tests/system/test_rights.py::test_cell`, with a class
`tests/system/test_listing.py::TestCache::test_rubbish_is_a_miss`; a test of the page `frontend/test/FILE: its name`.
Files are parsed, not imported, so this takes well under a second.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parents[2]

# A test of node:test with a literal name. A name that is computed at run time cannot be listed.
_PAGE_TEST = re.compile(r"""^\s*test\((?P<quote>['"])(?P<name>(?:\\.|(?!(?P=quote)).)+)(?P=quote),""", re.MULTILINE)


class Promise(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    says: str
    """One sentence."""
    tests: tuple[str, ...]


def read(text: str) -> list[Promise]:
    """Return the promises of a TOML text. Raises ValueError if it is not TOML or a promise has other fields."""
    try:
        return msgspec.convert(tomllib.loads(text).get("promise"), list[Promise])
    except msgspec.ValidationError as error:
        raise ValueError(f"A promise is not an id, a sentence and tests: {error}.") from None


def problems(promises: Iterable[Promise], root: Path) -> Iterator[str]:
    """Yield a sentence for each promise without a test, each missing test and each repeated id."""
    seen = set()
    for promise in promises:
        if promise.id in seen:
            yield f"{promise.id}: two promises have this id."
        seen.add(promise.id)
        if not promise.says.strip():
            yield f"{promise.id}: the promise has no sentence."
        if not promise.tests:
            yield f"{promise.id}: no test holds this promise."
        for test in promise.tests:
            if problem := missing(test, root):
                yield f"{promise.id}: {problem}"


def missing(test: str, root: Path) -> str | None:
    """Return a sentence that says why a test is missing, or None if it exists."""
    file, separator, name = test.partition("::") if "::" in test else test.partition(": ")
    if not separator:
        return f"{test} names no test; write FILE::test, or FILE: name for one of the page's."
    path = root / file
    if not path.is_file():
        return f"there is no file {file}."
    names = page_tests(path) if path.suffix == ".js" else python_tests(path)
    return None if name in names else f"{file} has no test {name}."


@cache
def python_tests(path: Path) -> frozenset[str]:
    """Return the tests that a Python file defines: functions, and `Class::function` for those of its classes."""
    return frozenset(_tests_in(ast.parse(path.read_text("utf-8")).body))


def _tests_in(body: list[ast.stmt]) -> Iterator[str]:
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name.startswith("test"):
                yield name
            case ast.ClassDef(name=name, body=inner):
                yield from (f"{name}::{test}" for test in _tests_in(inner))


@cache
def page_tests(path: Path) -> frozenset[str]:
    """Return the names of the tests in one of the page's test files."""
    return frozenset(re.sub(r"\\(.)", r"\1", found["name"]) for found in _PAGE_TEST.finditer(path.read_text("utf-8")))


def main(file: Path, root: Path) -> int:
    """Print the faults of the list, or its counts; return the exit status."""
    try:
        promises = read(file.read_text("utf-8"))
    except ValueError as error:
        found, promises = [str(error)], []
    else:
        found = list(problems(promises, root))
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        tests = {test for promise in promises for test in promise.tests}
        print(f"{len(promises)} promises held by {len(tests)} tests")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(ROOT / "tests" / "promises.toml", ROOT))
