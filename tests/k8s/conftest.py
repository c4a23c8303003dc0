"""Each overlay rendered once."""

from pathlib import Path

import pytest

from tests.support.manifests import Manifests, render

OVERLAYS = ("local", "aws")


@pytest.fixture(scope="session")
def local(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    return render("local", tmp_path_factory.mktemp("k8s"))


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Manifests:
    return render("aws", tmp_path_factory.mktemp("k8s"))


@pytest.fixture(params=OVERLAYS)
def manifests(request: pytest.FixtureRequest) -> Manifests:
    """An overlay as it would be applied; a test that asks for it runs for each."""
    found: Manifests = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A folder of the test's own to render in."""
    return tmp_path
