"""HEVC: the sizes in sequence parameter sets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.upload.inspect.bit_writer import configuration, nal_unit, parameter_set
from tests.upload.inspect.corpus import heic, plain
from tests.upload.inspect.heif_items import parts
from upload.inspect import hevc
from upload.inspect.bits import Bits

SLICE = nal_unit(20, bytes(9))


def stated(body: bytes) -> list[tuple[int, int]]:
    """The sizes in an hvcC box."""
    return [unit.size for unit in hevc.configured(body) if unit.size]


def units(data: bytes, prefix: int) -> list[tuple[bool, tuple[int, int] | None]]:
    """Whether each NAL unit is a part of a picture, and the size that it states."""
    return [(unit.is_picture, unit.size) for unit in hevc.units(data, prefix)]


def sized(*units: bytes, length_size: int = 4) -> bytes:
    return b"".join(len(unit).to_bytes(length_size) + unit for unit in units)


@pytest.mark.parametrize("size", [(64, 64), (60, 40), (1, 1), (333, 211), (1000, 8)])
def test_what_an_encoder_writes_is_read(size: tuple[int, int]) -> None:
    box, data = parts(heic(plain(*size)))
    ((width, height),) = stated(box[8:])
    assert size[0] <= width < size[0] + 64
    assert size[1] <= height < size[1] + 64
    assert (True, None) in units(data, hevc.length_size(box[8:]))


@pytest.mark.parametrize("chroma", [0, 1, 2, 3])
def test_every_chroma_format_is_read(chroma: int) -> None:
    assert stated(configuration(parameter_set(640, 480, chroma=chroma))) == [(640, 480)]


@pytest.mark.parametrize(("chroma", "size"), [(0, (637, 473)), (1, (634, 466)), (2, (634, 473)), (3, (637, 473))])
def test_the_conformance_window_is_in_units_of_chroma(chroma: int, size: tuple[int, int]) -> None:
    unit = parameter_set(640, 480, chroma=chroma, window=(1, 2, 3, 4))
    assert stated(configuration(unit)) == [size]


def test_a_window_that_hides_more_than_padding_is_ignored() -> None:
    """Decoders allocate the whole picture before they cut out the window."""
    unit = parameter_set(16_000, 9_000, window=(0, 7_968, 0, 4_476))
    assert stated(configuration(unit)) == [(16_000, 9_000)]


@pytest.mark.parametrize("layers", [[(True, True)], [(False, True), (True, False), (False, False)]])
def test_levels_of_sub_layers_are_skipped(layers: list[tuple[bool, bool]]) -> None:
    assert stated(configuration(parameter_set(640, 480, layers=layers))) == [(640, 480)]


def test_bytes_that_prevent_start_codes_are_left_out() -> None:
    unit = parameter_set(640, 480)
    assert unit.count(b"\0\0\3") > 2
    assert stated(configuration(unit)) == [(640, 480)]


def test_other_units_and_other_layers_state_no_size() -> None:
    others = nal_unit(32, bytes(20)), nal_unit(34, bytes(20)), parameter_set(640, 480, layer_id=1)
    assert stated(configuration(*others, parameter_set(64, 48))) == [(64, 48)]


@pytest.mark.parametrize("length_size", [1, 2, 4])
def test_sizes_in_the_data_are_found(length_size: int) -> None:
    data = sized(nal_unit(39, b"note"), parameter_set(640, 480), SLICE, length_size=length_size)
    assert hevc.length_size(configuration(length_size=length_size)) == length_size
    assert units(data, length_size) == [(False, None), (False, (640, 480)), (True, None)]


@pytest.mark.parametrize("kind", range(64))
def test_only_slices_are_pictures(kind: int) -> None:
    """The types 10 to 15 and 22 to 31 are reserved (table 7-1), and decoders ignore them."""
    assert units(sized(nal_unit(kind, b"")), 4) == [(kind in {*range(10), *range(16, 22)}, None)]


def test_of_a_unit_only_the_beginning_is_read() -> None:
    """Bytes that prevent start codes are removed from it alone: thousands of tiles may share a long unit."""
    lengths: list[int] = []

    class Long(bytes):
        def __getitem__(self, part: slice) -> bytes:  # type: ignore[override]
            taken = bytes(self)[part]
            lengths.append(len(taken))
            return taken

    unit = parameter_set(640, 480) + b"\0\0\3" * 20_000
    assert units(Long(sized(unit, SLICE)), 4) == [(False, (640, 480)), (True, None)]
    assert max(lengths) <= 4 + 1024


def test_of_a_configured_unit_only_the_beginning_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths: list[int] = []

    def counted(data: bytes) -> Bits:
        lengths.append(len(data))
        return Bits(data)

    monkeypatch.setattr(hevc, "Bits", counted)
    assert stated(configuration(parameter_set(640, 480) + b"\0\0\3" * 20_000)) == [(640, 480)]
    assert len(lengths) == 1
    assert lengths[0] < 1024


def test_a_cut_off_configuration_states_what_it_holds() -> None:
    body = configuration(parameter_set(64, 48), parameter_set(640, 480))
    for length in range(len(body)):
        assert stated(body[:length]) in ([], [(64, 48)], [(64, 48), (640, 480)])


@given(st.binary(max_size=200))
def test_any_bytes_end(data: bytes) -> None:
    stated(data)
    stated(configuration(nal_unit(33, data)))
    for prefix in (1, 2, 4):
        assert len(units(data, prefix)) <= len(data)
