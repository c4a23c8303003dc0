"""docs/licences.md names every pinned package that ships, with the licence that the package gives itself."""

import importlib.metadata
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENT = (ROOT / "docs" / "licences.md").read_text()
SETS = ("images", "up", "setup")
PAGE = json.loads((ROOT / "frontend" / "package.json").read_text())["dependencies"]
FAMILIES = ("Apache", "BSD", "MIT", "Mozilla|MPL", "GPL", "Repoze")


def rows(columns: int) -> dict[str, list[str]]:
    """The tables with so many columns: first column to the others."""
    found = {}
    for line in DOCUMENT.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == columns and cells[0] not in ("package", "---"):
            found[cells[0]] = cells[1:]
    return found


def pinned(name: str) -> set[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return {found.lower() for found in re.findall(r"^([A-Za-z0-9_.-]+)==", text, re.MULTILINE)}


def families(text: str) -> set[str]:
    return {family for family in FAMILIES if re.search(rf"\b(?:{family})", text, re.IGNORECASE)} - {"Repoze"}


PACKAGES = sorted(set().union(*(pinned(name) for name in SETS)))


def test_every_package_that_ships_is_named_and_no_other() -> None:
    documented = {package: set(where.split(", ")) for package, (_, where) in rows(3).items()}
    assert documented == {package: {name for name in SETS if package in pinned(name)} for package in PACKAGES}


def test_every_package_of_the_page_is_named_and_no_other() -> None:
    assert set(rows(2)) == set(PAGE)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_licence_is_the_one_that_the_package_gives_itself(package: str) -> None:
    licence = rows(3)[package][0]
    assert not re.search("GPL", licence)
    try:
        said = importlib.metadata.metadata(package)
    except importlib.metadata.PackageNotFoundError:
        assert package == "async-timeout", "installed by everybody but Python 3.11.0 to 3.11.2"
        return
    classifiers = [text for text in said.get_all("Classifier", []) if text.startswith("License")]
    words = " ".join([said.get("License-Expression") or "", (said.get("License") or "")[:80], *classifiers])
    assert families(licence) == families(words), words


def test_the_licences_are_named_where_people_look() -> None:
    assert "docs/licences.md" in (ROOT / "README.md").read_text()
