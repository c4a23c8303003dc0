"""The download service follows its OpenAPI document, with the real store."""

import pytest
from flask import Flask

import download.app
from tests.support.services import download_environment
from tests.support.store import Store
from tests.system.contracts import assert_documented, assert_kept
from tests.system.planting import plant


@pytest.fixture(scope="module")
def app(store: Store) -> Flask:
    plant(store, 60)
    return download.app.create_app(download_environment(store, None))


def test_every_route_is_documented_and_every_documented_one_is_there(app: Flask) -> None:
    assert_documented(app)


def test_any_request_gets_an_answer_that_the_document_knows(app: Flask) -> None:
    assert_kept(app)
