"""What `make check` says of the list of promises."""

from pathlib import Path

import pytest

from tests.support import promises
from tests.support.promises import Promise

PYTHON = """
def test_one(): ...
def helper(): ...
async def test_two(): ...
class TestThree:
    def test_it(self): ...
    def other(self): ...
"""
PAGE = r"""
test('a plain one', () => {});
  test("it's quoted", async () => {});
  test('it\'s escaped', { skip: false }, () => {});
test(`${kind}: put together`, () => {});
// test.skip('one that is off', () => {});
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "test_some.py").write_text(PYTHON)
    (tmp_path / "some.test.js").write_text(PAGE)
    return tmp_path


@pytest.mark.parametrize(
    "test",
    [
        "test_some.py::test_one",
        "test_some.py::test_two",
        "test_some.py::TestThree::test_it",
        "some.test.js: a plain one",
        "some.test.js: it's quoted",
        "some.test.js: it's escaped",
    ],
)
def test_a_test_that_is_there_is_found(root: Path, test: str) -> None:
    assert list(promises.problems([Promise("a", "It holds.", (test,))], root)) == []


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        ("test_gone.py::test_one", "there is no file test_gone.py."),
        ("gone.test.js: a plain one", "there is no file gone.test.js."),
        ("test_some.py::test_three", "test_some.py has no test test_three."),
        ("test_some.py::helper", "test_some.py has no test helper."),
        ("test_some.py::test_it", "test_some.py has no test test_it."),
        ("test_some.py::TestThree::other", "test_some.py has no test TestThree::other."),
        ("some.test.js: another one", "some.test.js has no test another one."),
        ("some.test.js: one that is off", "some.test.js has no test one that is off."),
        ("test_some.py", "test_some.py names no test; write FILE::test, or FILE: name for one of the page's."),
    ],
)
def test_a_test_that_is_not_there_is_named(root: Path, test: str, problem: str) -> None:
    assert list(promises.problems([Promise("a", "It holds.", (test,))], root)) == [f"a: {problem}"]


def test_a_promise_without_a_test_or_with_the_id_of_another_is_named(root: Path) -> None:
    found = promises.problems([Promise("a", "One.", ()), Promise("b", " ", ("some.test.js: a plain one",)),
                               Promise("b", "Two.", ("test_some.py::test_one",))], root)  # fmt: skip
    assert list(found) == [
        "a: no test holds this promise.", "b: the promise has no sentence.", "b: two promises have this id."
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "", "promise = 1", "[[promise]", '[[promise]]\nid = "a"\nsays = "One."',
        '[[promise]]\nid = "a"\nsays = "One."\ntests = "test_some.py::test_one"',
        '[[promise]]\nid = "a"\nsays = "One."\ntests = []\ntest = []',
    ],
)  # fmt: skip
def test_a_list_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        promises.read(text)


def test_a_good_list_says_how_much_it_holds(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        '[[promise]]\nid = "%s"\nsays = "It holds."\ntests = ["test_some.py::test_one", "some.test.js: a plain one"]\n'
    )
    (root / "promises.toml").write_text(text % "a" + text % "b")
    assert promises.main(root / "promises.toml", root) == 0
    assert capsys.readouterr().out == "2 promises held by 2 tests\n"


@pytest.mark.parametrize("text", ["[[promise]", '[[promise]]\nid = "a"\nsays = "One."\ntests = []\n'])
def test_a_bad_list_fails_in_words(root: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (root / "promises.toml").write_text(text)
    assert promises.main(root / "promises.toml", root) == 1
    assert capsys.readouterr().err
