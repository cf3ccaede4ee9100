"""A spec file from answers: asked again until they can be used, sound when written, never over another."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from calc.cli import main
from calc.errors import CalcError
from calc.spec.asked import ASKED, answered, interview
from calc.spec.library import check_files

WHO = ["Acme X1", "Acme", "CN", ""]
WHERE = ["X1 sheet", "Acme", "2026-04", "https://acme.cn/x1", "reported"]
CHIP = [*WHO, *WHERE, "2", "500 TFLOP/s", "96 GB", "", ""]
SYSTEM = ["Acme Pod: eight", *WHO[1:], *WHERE[:4], "datasheet", "ascend-910c", "8", "4", "40 kW"]


def new(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, answers: list[str], *arguments: str
) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{answer}\n" for answer in answers)))
    status = main(["new", *arguments])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.parametrize(("kind", "answers"), [("chip", CHIP), ("system", SYSTEM)])
def test_what_is_written_has_no_fault(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, answers: list[str]
) -> None:
    path = tmp_path / "mine" / f"acme-{kind}.yaml"
    status, out, err = new(capsys, monkeypatch, answers, kind, "--ask", "--to", str(path))
    assert (status, out) == (0, "")
    assert err.endswith(f"wrote {path} and {path.with_name('sources.yaml')}\n")
    assert check_files([path.parent]) == (2, [])


def test_a_wrong_answer_is_asked_again(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [
        "", "Acme X1", "Acme", "China", "CN", "04/2026", "2026-04",
        "Sheet", "Acme", "2026", "acme.cn", "https://acme.cn", "sure", "measured",
        "1.5", "2", "500 TOPS", "-1 TFLOP/s", "500 TFLOP/s", "96 Gb", "96 GiB", "4 TB", "4 TB/s", "700 w", "700 W",
    ]  # fmt: skip
    status, out, err = new(capsys, monkeypatch, answers, "chip", "--ask")
    assert status == 0
    assert "capacity: {value: 96 GiB," in out
    for message in (
        "is needed; write for example 'Maker Model 1'",
        "'China' is not a country; write its two letters, such as CN or US",
        "'04/2026' is not a date; write 2025, 2025-04 or 2025-04-16",
        "'acme.cn' is not an address; write https://…",
        "'sure' is not one of datasheet, measured, reported",
        "'1.5' is not a whole number above zero",
        "write 'TOP/s'",
        "'-1 TFLOP/s' is not a figure above zero",
        "is read as bit by some and as byte by others; write 'bit' or 'B'",
        "'4 TB' is a size; this value needs a rate such as '8 TB/s'",
        "write 'W' for watts, with its prefix",
    ):
        assert message in err


def test_nothing_is_overwritten(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "x1.yaml"
    path.write_text("mine", encoding="utf-8")
    status, _, err = new(capsys, monkeypatch, CHIP, "chip", "--ask", "--to", str(path))
    assert status == 2
    assert f"{path} is there already, and nothing is overwritten; name another file" in err
    assert [one.name for one in tmp_path.iterdir()] == ["x1.yaml"]
    assert new(capsys, monkeypatch, [], "chip", "--to", str(path))[0] == 2
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_second_spec_leaves_the_sources_to_be_added_to(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "sources.yaml").write_text("", encoding="utf-8")
    status, _, err = new(capsys, monkeypatch, CHIP, "chip", "--ask", "--to", str(tmp_path / "x1.yaml"))
    assert status == 0
    assert f"add its source to {tmp_path / 'sources.yaml'}:\nacme-x1-sheet-2026:\n" in err


def test_answers_that_end_early(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    status, out, err = new(capsys, monkeypatch, CHIP[:5], "chip", "--ask")
    assert (status, out) == (2, "")
    assert err.endswith("podcalc: the answers end at 'Who published that'; nothing was written\n")


def test_an_unknown_chip_is_met_with_the_nearest() -> None:
    said: list[str] = []
    given = iter([*SYSTEM[:9], "ascend-910d", *SYSTEM[9:]])
    interview("system", lambda _: next(given), said.append, ("ascend-910c", "gb200"))
    assert said == ["no chip 'ascend-910d'; did you mean 'ascend-910c'?"]


def test_words_are_quoted_whatever_they_hold(tmp_path: Path) -> None:
    answers = dict(zip((one.key for one in ASKED["chip"]), CHIP, strict=True))
    answers |= {"name": 'No: "1" # {x}', "vendor": "no", "source.title": "- a: b"}
    text, sources = answered("chip", answers)
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "sources.yaml").write_text(sources, encoding="utf-8")
    assert check_files([tmp_path]) == (2, [])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("link", "--ask"), "podcalc: --ask knows chip and system; podcalc new link prints a file to fill in"),
        (("chip", "--ask", "--name", "X"), "podcalc: --ask asks for the name; leave out --name"),
        (("region", "--vendor", "X"), "podcalc: a region has no vendor; leave out --vendor"),
        (("chip", "--to", "My Chip.yaml"), "podcalc: 'My Chip.yaml' is not a spec file's name; write an id of"),
    ],
)
def test_what_is_asked_wrongly(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str) -> None:
    status = main(["new", *arguments])
    said = capsys.readouterr()
    assert (status, said.out) == (2, "")
    assert said.err.startswith(message)


def test_words_are_filled_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["new", "chip", "--name", r"A\1 x", "--vendor", "Acme", "--country", "CN"]) == 0
    out = capsys.readouterr().out
    assert '\nname: "A\\\\1 x"\n' in out
    assert '\nvendor: "Acme"\n' in out


def test_an_answer_that_slips_through_is_a_fault_and_no_crash() -> None:
    with pytest.raises(CalcError, match="nothing was written"):
        interview("chip", lambda _: None, print)
