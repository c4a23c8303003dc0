"""The page includes the licences of its dependencies."""

import json
from pathlib import Path

import requests

from tests.support.gallery import ROOT, Gallery


def test_the_gateway_serves_the_licences_of_what_the_page_is_made_of(gallery: Gallery) -> None:
    answer = requests.get(f"{gallery.url}/licences.txt", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"].partition(";")[0]) == (200, "text/plain")
    for package in json.loads(Path(ROOT / "frontend" / "package.json").read_text())["dependencies"]:
        assert f"{package} " in answer.text
    assert answer.text.lower().count("copyright") > 5
