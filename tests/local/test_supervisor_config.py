"""The supervisor reads exactly what a process was given."""

from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from local.processes import STOP_ORDER, ProcessSpec
from local.supervisor_config import render


def _read_back(tmp_path: Path, processes: list[ProcessSpec]) -> ServerOptions:
    file = tmp_path / "supervisord.conf"
    file.write_text(render(processes, tmp_path, tmp_path, as_root=False, open_files=1024), "utf-8")
    options = ServerOptions()
    options.realize(["-c", str(file)], doc="")
    return options


def test_percent_signs_and_spaces_arrive_as_they_are(tmp_path: Path) -> None:
    odd = "100%s of, all = that"
    processes = [ProcessSpec(group, group, ["/bin/x", odd], tmp_path, 1, {"VALUE": odd}) for group in STOP_ORDER]
    groups = _read_back(tmp_path, processes).process_group_configs
    for group in groups:
        (program,) = group.process_configs
        assert program.environment["VALUE"] == odd
        assert program.command == f"/bin/x '{odd}'"


def test_who_asks_stops_before_who_answers(tmp_path: Path) -> None:
    processes = [ProcessSpec(group, group, ["/bin/x"], tmp_path, 1) for group in STOP_ORDER]
    groups = _read_back(tmp_path, processes).process_group_configs
    assert [group.name for group in sorted(groups, reverse=True)] == list(STOP_ORDER)


@pytest.mark.parametrize("value", ['a"b', "a'b", "a\nb", "a ;b", "a #b"])
def test_what_cannot_be_written_is_refused_not_changed(tmp_path: Path, value: str) -> None:
    process = ProcessSpec("x", "gateway", ["/bin/x"], tmp_path, 1, {"VALUE": value})
    with pytest.raises(ValueError, match=r"quote|line break"):
        render([process], tmp_path, tmp_path, as_root=False, open_files=1024)
