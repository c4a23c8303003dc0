"""Access lines are JSON, and a request does not fail if the reader of the log is gone."""

import os

import pytest

from common.http.logs import AccessLog


def test_a_log_whose_reader_went_away_costs_no_request() -> None:
    reader, writer = os.pipe()
    kept = os.dup(2)
    os.dup2(writer, 2)
    os.close(writer)
    os.close(reader)
    try:
        AccessLog("catalog", "INFO").write({"status": 200})
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def test_a_line_is_json_with_its_fields(capfd: pytest.CaptureFixture[str]) -> None:
    AccessLog("catalog", "INFO").write({"status": 200})
    line = capfd.readouterr().err
    assert line.endswith("\n")
    assert '"status":200' in line
