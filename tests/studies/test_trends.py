"""Trends of models and hardware: published figures again, laws, refusals, and the command."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

import calc
from calc.cli import main
from calc.errors import CalcError, SpecError, UnknownNameError
from calc.studies import trends_hardware
from calc.studies.trends import (
    Lag,
    ModelTrend,
    Refusal,
    Row,
    Window,
    models,
    month,
    parse_day,
    read_boards,
    releases,
)

HEAD = "date,country,weights,model,organization,score,low,high,scale,source"

# As published for July 2024 to July 2025 on the raw scale, from the archive as it was at the time.
GAPS = [46, 76, 82, 55, 78, 58, 24, 41, 83, 66, 78, 53, 48]
SLOPES = {"US": (188.8, 177.3, 200.9), "CN": (195.0, 169.9, 218.4)}
DIFFERENCE = (6.2, -23.8, 37.2)


@pytest.fixture(scope="module")
def found() -> ModelTrend:
    return models()


def board(folder: Path, *rows: str, head: str = HEAD) -> str:
    path = folder / "board.csv"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return str(path)


def monthly(us: list[float], cn: list[float], scale: str = "raw") -> list[str]:
    """A board with two models a month from January 2024."""
    rows = []
    for i, (first, second) in enumerate(zip(us, cn, strict=True)):
        day = f"{2024 + i // 12}-{i % 12 + 1:02d}-20"
        rows += [
            f"{day},US,closed,us-{i},A,{first},{first - 4},{first + 4},{scale},own",
            f"{day},CN,open,cn-{i},B,{second},{second - 4},{second + 4},{scale},own",
        ]
    return rows


# Figures to reproduce


def test_frontiers_and_gaps_are_as_published(found: ModelTrend) -> None:
    ends = {country: (points[0].score, points[-1].score) for country, points in found.frontier.items()}
    assert (ends["US"], ends["CN"]) == ((1287.0, 1474.0), (1240.0, 1426.0))
    assert dict(found.extremes) == {
        "first": (date(2024, 7, 7), 47.0), "min": (date(2025, 2, 7), 21.0), "max": (date(2024, 9, 19), 107.0),
        "last": (date(2025, 7, 28), 48.0),
    }  # fmt: skip
    assert list(found.gaps) == GAPS
    assert found.ends[0] == date(2024, 7, 31)
    assert found.ends[-1] == found.end == date(2025, 7, 28)


def test_slopes_and_crossover_are_as_published(found: ModelTrend) -> None:
    plain = found.to_json()
    for country, figures in SLOPES.items():
        slope = plain["slopes"][country]
        assert tuple(round(slope[word], 1) for word in ("value", "low", "high")) == pytest.approx(figures, abs=0.051)
    gain = plain["difference"]
    assert tuple(round(gain[word], 1) for word in ("value", "low", "high")) == DIFFERENCE
    assert round(gain["p_positive"], 2) == 0.66
    assert plain["crossover"] == {"date": "2034-11", "low": "2026-09", "high": "never"}
    assert plain["distinguishable"] is False


def test_without_the_drift_of_the_scale_only_the_slopes_change(found: ModelTrend) -> None:
    assert found.linked == pytest.approx((175.9, 182.1), abs=0.5)
    assert isinstance(found.fit, Window)
    assert found.linked is not None
    assert found.linked[1] - found.linked[0] == pytest.approx(found.fit.difference.value)


def test_china_leads_open_weights_from_the_day_published() -> None:
    openly = models(open_weights=True)
    assert list(openly.leads) == [(date(2024, 7, 7), "US"), (date(2024, 12, 23), "CN")]
    # Both carry an open licence on the board; neither is a model whose weights were released.
    assert [row.model for row in openly.excluded] == ["Qwen-Max-0919", "Llama-4-Maverick-03-26-Experimental"]
    assert "hosted snapshot" in openly.excluded[0].excluded
    assert "not the checkpoint" in openly.excluded[1].excluded
    named = {point.model for points in openly.frontier.values() for point in points}
    assert not named & {row.model for row in openly.excluded}


def test_the_published_percentage_has_chinas_score_below(found: ModelTrend) -> None:
    # AI Index 2025: 1.70 % in February 2025, 23.2 points over 1361.0.
    from calc.physics.trends import gap_share

    assert f"{float(gap_share(1361.0 + 23.2, 1361.0)):.2%}" == "1.70%"
    assert found.share[0] == pytest.approx(46.0 / 1240.0)


def test_output_has_the_keys_that_scripts_rest_on(found: ModelTrend) -> None:
    plain = found.to_json()
    assert plain["schema"] == "podcalc.trend/1"
    assert plain["frontier"]["US"][0] == ["2024-07-07", 1287.0, "GPT-4o-2024-05-13"]
    assert plain["frontier"]["CN"][-1] == ["2025-07-28", 1426.0, "DeepSeek-R1-0528"]
    assert plain["gap"][-1] == ["2025-07-28", 48.0]
    assert plain["win_probability"][-1] == ["2025-07-28", 0.5686]
    assert {"mean", "min", "max"} <= set(plain["lag_months"])
    assert plain["lag_months"]["min"] <= plain["lag_months"]["mean"] <= plain["lag_months"]["max"]
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain


def test_releases_stand_as_the_archive_has_them() -> None:
    first = {row.model: (row.day.isoformat(), row.score, row.weights) for row in releases()}
    assert first["DeepSeek-R1"] == ("2025-01-24", 1357.0, "open")
    assert first["o1-preview"] == ("2024-09-19", 1355.0, "closed")
    assert first["Qwen3-Coder-480B-A35B-Instruct"][0] == "2025-07-28"
    assert {"kimi-k2-0711-preview", "GLM-4.5", "Grok-4-0709", "DeepSeek-V3"} <= set(first)


def test_intervals_of_ratings_widen_the_probability(found: ModelTrend) -> None:
    for one in found.probability:
        assert 0.0 < one.low < one.value < one.high < 1.0


# Laws


def test_exchanging_the_countries_turns_every_sign(tmp_path: Path) -> None:
    us, cn = [1200.0 + 11 * i for i in range(12)], [1150.0 + 17 * i + (i % 3) for i in range(12)]
    first = models(data=board(tmp_path, *monthly(us, cn)))
    second = models(data=board(tmp_path, *monthly(cn, us)))
    assert isinstance(first.fit, Window)
    assert isinstance(second.fit, Window)
    assert list(first.gaps) == [-gap for gap in second.gaps]
    assert first.fit.difference.value == pytest.approx(-second.fit.difference.value)
    assert [a.value + b.value for a, b in zip(first.probability, second.probability, strict=True)] == pytest.approx(
        [1.0] * len(first.gaps)
    )


def test_a_shift_of_every_score_leaves_what_is_compared(tmp_path: Path) -> None:
    us = [1200.0 + 13 * i + 5 * (i % 2) for i in range(14)]
    cn = [1160.0 + 15 * i + 7 * (i % 3) for i in range(14)]
    plain = models(data=board(tmp_path, *monthly(us, cn)))
    moved = models(data=board(tmp_path, *monthly([s + 250 for s in us], [s + 250 for s in cn])))
    assert plain.gaps == moved.gaps
    assert plain.lag == moved.lag
    assert isinstance(plain.fit, Window)
    assert isinstance(moved.fit, Window)
    assert plain.fit.difference.value == pytest.approx(moved.fit.difference.value)
    assert month(plain.fit.origin, plain.fit.crossover.value) == month(moved.fit.origin, moved.fit.crossover.value)


def test_never_is_said_where_china_does_not_rise_faster(tmp_path: Path) -> None:
    wave = [0.0, 3.0, -2.0, 4.0, 1.0, -3.0, 2.0, 0.0, 3.0, -1.0]
    us = [1200.0 + 15 * i + w for i, w in enumerate(wave)]
    cn = [1100.0 + 5 * i - w for i, w in enumerate(wave)]
    found = models(data=board(tmp_path, *monthly(us, cn)))
    assert found.to_json()["crossover"] == {"date": "never", "low": "never", "high": "never"}
    assert found.to_json()["difference"]["p_positive"] == 0.0
    assert "the lines never meet [never, never]" in calc.narrate.plain(calc.narrate_trends.standfirst(found))


def test_a_country_absent_from_a_snapshot_stands_as_before(tmp_path: Path) -> None:
    rows = monthly([1200.0 + i for i in range(9)], [1100.0 + i for i in range(9)])
    found = models(data=board(tmp_path, *rows[:-1]))
    assert found.gaps[-1] == (1200.0 + 8) - (1100.0 + 7)


def test_days_on_which_the_lag_is_only_known_to_be_longer_are_counted(tmp_path: Path) -> None:
    found = models(data=board(tmp_path, *monthly([1300.0] * 9, [1100.0 + i for i in range(9)])))
    assert isinstance(found.lag, Lag)
    assert found.lag.mean is None
    assert found.lag.censored == found.lag.days
    assert found.to_json()["lag_months"]["mean"] is None


def test_the_same_question_gives_the_same_answer_and_another_seed_nearly_so(found: ModelTrend) -> None:
    assert models().fit == found.fit
    other = models(seed=1).fit
    assert isinstance(other, Window)
    assert isinstance(found.fit, Window)
    # A tail quantile of 4,000 draws with this spread has a standard error of about 0.7 points a year.
    assert other.difference.low == pytest.approx(found.fit.difference.low, abs=3.0)
    assert other.difference.value == found.fit.difference.value


# Refusals


def test_a_short_window_gives_gaps_but_no_slope() -> None:
    plain = models("2025-01", "2025-07").to_json()
    said = {"refused": "The window holds 7 ends of months; a slope needs at least 8. Widen it."}
    assert (plain["slopes"], plain["difference"], plain["crossover"]) == (said, said, said)
    assert len(plain["gap"]) == 7


def test_a_change_of_source_inside_the_window_is_refused() -> None:
    plain = models("2024-07", "2026-01").to_json()
    assert plain["refused"] == plain["gap"]["refused"] == plain["crossover"]["refused"]
    assert plain["refused"].startswith(
        "The window mixes scales or sources: from raw (llm-leaderboard-csv) to raw (ai-arena-history) on 2025-08-07"
    )


def test_later_archives_have_windows_of_their_own() -> None:
    later = models("2025-08-07")
    assert (later.source, later.end) == ("ai-arena-history", date(2026, 7, 21))
    assert isinstance(later.fit, Window)
    assert any("leaves out some makers of China" in said for said in later.caveats())
    assert np.isnan(later.probability[0].low)
    style = models(scale="style")
    assert isinstance(style.fit, Refusal)
    assert style.fit.why == "short"


def test_mixed_scales_in_a_file_are_refused(tmp_path: Path) -> None:
    rows = monthly([1200.0 + i for i in range(10)], [1100.0 + i for i in range(10)])
    mixed = [row.replace(",raw,", ",style,") if row >= "2024-06" else row for row in rows]
    path = board(tmp_path, *mixed)
    said = models(data=path).to_json()["refused"]
    assert said.startswith("The window mixes scales or sources: from raw (own) to style (own) on 2024-06-20")
    assert models(data=path, scale="style").refused is None
    with pytest.raises(UnknownNameError, match=r"no scale .styled.\. Did you mean .style.\?"):
        models(data=path, scale="styled")


def test_a_country_that_is_not_there_is_refused(tmp_path: Path) -> None:
    rows = [row for row in monthly([1200.0] * 9, [1100.0] * 9) if ",US," in row]
    assert models(data=board(tmp_path, *rows)).to_json()["refused"] == "The window holds no model of China."
    both = board(tmp_path, *monthly([1200.0] * 9, [1100.0] * 9))
    assert (
        models(data=both, open_weights=True).to_json()["refused"]
        == "The window holds no model with open weights of the United States."
    )


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2024-13-01,US,closed,a,A,1200,,,raw,own", "2:1: date: '2024-13-01' is no day; write 2025-07-28"),
        ("2024-01-01,US,closed,a,A,high,,,raw,own", "score: 'high' is no rating; write a number such as 1426"),
        ("2024-01-01,US,closed,a,A,nan,,,raw,own", "score: 'nan' is no rating"),
        ("0001-01-01,US,closed,a,A,1200,,,raw,own", "date: '0001-01-01' is not in this century"),
        ("2024-01-01,US,closed,a,A,1e300,,,raw,own", "score: '1e300' is no rating"),
        (
            "2024-01-01,US,closed,a,A,1200,low,1300,raw,own",
            "low: 'low' is no rating; write a number such as 1426, or nothing",
        ),
        ("2024-01-01,US,free,a,A,1200,,,raw,own", "weights: 'free' is none of open, closed, unknown"),
        ("2024-01-01,USA,closed,a,A,1200,,,raw,own", "country: 'USA' is no country; write two capitals"),
        ("2024-01-01,US,closed,,A,1200,,,raw,own", "model: is empty"),
        ("2024-01-01,US,closed,a,A,1200,1190,,raw,own", "low: an interval has both ends"),
        (
            "2024-01-01,US,closed,a,A,1200,1210,1220,raw,own",
            "low: the interval 1210 to 1220 does not hold the score 1200",
        ),
    ],
)
def test_a_bad_row_is_named_with_file_and_line(tmp_path: Path, row: str, said: str) -> None:
    path = board(tmp_path, row)
    with pytest.raises(SpecError) as fault:
        read_boards(path)
    assert f"{path}:2:1: " in str(fault.value)
    assert said in str(fault.value)


def test_every_bad_row_is_told_at_once(tmp_path: Path) -> None:
    good = "2024-01-01,US,closed,a,A,1200,,,raw,own"
    with pytest.raises(SpecError) as fault:
        read_boards(board(tmp_path, good, good, good.replace("1200", "1201"), "x,US,closed,b,A,1,,,raw,own"))
    assert ":3:1:" not in str(fault.value)
    assert ":4:1: model: 'a' stands on line 2 otherwise for the same day; keep one of the two" in str(fault.value)
    assert ":5:1: date: 'x' is no day" in str(fault.value)


def test_a_file_that_is_no_board_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="has no column 'country', 'weights'"):
        read_boards(board(tmp_path, "2024-01-01,1", head="date,score"))
    with pytest.raises(SpecError, match="has no rows"):
        read_boards(board(tmp_path))
    with pytest.raises(SpecError, match="is no CSV: field larger than field limit"):
        read_boards(board(tmp_path, "2024-01-01," + "x" * 200_000))
    with pytest.raises(SpecError, match="and 5 more rows are wrong"):
        read_boards(board(tmp_path, *["soon,US,closed,a,A,1,,,raw,own"] * 25))
    with pytest.raises(SpecError, match="cannot be read"):
        read_boards(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SpecError, match="is not UTF-8 text"):
        read_boards(tmp_path / "bytes.csv")


def test_windows_that_are_none() -> None:
    with pytest.raises(CalcError, match="'soon' is no date; write 2024-07-07, or 2024-07 for the month"):
        models("soon")
    with pytest.raises(CalcError, match="ends on 2024-07-31 before it starts on 2025-01-01"):
        models("2025-01", "2024-07")
    with pytest.raises(CalcError, match="no snapshot from 2020-01-01 to 2020-12-31; there are some from 2024-07-07"):
        models("2020-01", "2020-12")
    with pytest.raises(CalcError, match="'2024-02-30' is no date"):
        parse_day("2024-02-30")


def test_columns_may_have_the_names_that_archives_give_them(tmp_path: Path) -> None:
    head = "date,model,org,country,open_weights,elo,source,scale,ci_lo,ci_hi"
    rows = [f"2024-{i:02d}-20,m{i},A,US,0,{1200 + i},own,raw,," for i in range(1, 11)]
    rows += [f"2024-{i:02d}-20,c{i},B,CN,1,{1100 + 2 * i},own,raw,," for i in range(1, 11)]
    found = models(data=board(tmp_path, *rows, head=head))
    assert found.gaps[-1] == (1200 + 10) - (1100 + 20)
    assert {row.weights for row in read_boards(board(tmp_path, *rows, head=head))} == {"open", "closed"}


# Hardware


def test_growth_of_hardware_is_fitted_with_its_interval(library: calc.Library) -> None:
    found = calc.trend("hardware", library=library)
    assert isinstance(found, trends_hardware.HardwareTrend)
    line = found.line("US")
    assert line.growth is not None
    assert line.doubling is not None
    assert line.growth.low < line.growth.value < line.growth.high
    assert line.doubling.low < line.doubling.value < line.doubling.high
    assert (1.0 + line.growth.value) ** line.doubling.value == pytest.approx(2.0)
    records = [one.value for one in found.line("US", frontier=True).made]
    assert records == sorted(set(records))
    assert "wse-3" in found.left_out
    assert "rubin" in found.left_out
    assert set(found.sources) <= set(library.known_sources)


def test_too_few_chips_or_prices_are_refused(library: calc.Library) -> None:
    found = trends_hardware.hardware(library, per="usd", countries=("CN",))
    refused = found.line("CN").refused
    assert refused is not None
    assert refused.reason().startswith("China: ")
    assert refused.reason().endswith("chips with both the figure and a price; a trend needs at least 8.")
    few = trends_hardware.hardware(library).line("CN", frontier=True).refused
    assert few is not None
    assert few.reason().endswith("points; a trend needs at least 8.")


def test_a_window_bounds_what_is_fitted(library: calc.Library) -> None:
    found = trends_hardware.hardware(library, start="2020-01", end="2024-12")
    assert all(date(2020, 1, 1) <= one.day <= date(2024, 12, 31) for one in found.line("all").made)
    more = trends_hardware.hardware(library, announced=True)
    assert "rubin" in {one.id for one in more.line("US").made}


def test_power_is_only_that_of_the_chip(library: calc.Library) -> None:
    made = {one.id: one.value for one in trends_hardware.hardware(library, per="watt").line("US").made}
    chip = library.get("chip", "h100-sxm").figures
    assert made["h100-sxm"] == pytest.approx(chip["flop_rate.bf16.dense"].value / chip["power"].value)


def test_paces_are_facts_without_a_date_of_level(library: calc.Library) -> None:
    found = trends_hardware.pace(library, "hbm.capacity")
    steps = {(one.before, one.after): one for one in found.paces}
    step = steps["cloudmatrix-384", "atlas-950-superpod"]
    assert step.ratio == pytest.approx(24.0)
    assert step.growth is not None
    assert step.growth.low < step.growth.value < step.growth.high
    assert steps["atlas-950-superpod", "atlas-960-superpod"].growth is None
    plain = found.to_json()
    assert set(plain["level"]) == {"refused"}
    assert "no date of level" in plain["level"]["refused"]
    assert plain["deployed"] == {
        "refused": "No source at hand gives deployed compute by date and country, so its growth is not given."
    }


def test_names_that_are_none_are_refused(library: calc.Library) -> None:
    with pytest.raises(UnknownNameError, match="no quantity of trends 'flops'"):
        trends_hardware.hardware(library, "flops")
    with pytest.raises(UnknownNameError, match=r"no country of trends .JP.\. There are: US, CN, all"):
        trends_hardware.hardware(library, countries=("JP",))
    with pytest.raises(UnknownNameError, match="no subject of trends 'chips'"):
        calc.trend("chips")


# Words and the command


def test_every_refusal_and_caveat_is_in_both_languages(library: calc.Library) -> None:
    cases = [
        Refusal("short", ("7", "8")), Refusal("scales", ("a", "b", "2025-01-01")), Refusal("missing", ("US", "open")),
        Refusal("few", ("3", "8", "CN")), Refusal("prices", ("1", "8", "CN")), Refusal("paces", ("3", "8")),
        Refusal("deployed"),
    ]  # fmt: skip
    for case in cases:
        assert case.reason() != case.reason("zh")
        assert case.reason().endswith(".")
        assert case.reason("zh").endswith("。")
    for found in (models(), models("2025-08-07"), models(open_weights=True)):
        assert len(found.caveats()) == len(found.caveats("zh"))
    for per in trends_hardware.PER:
        one = trends_hardware.hardware(library, per=per)
        assert len(one.caveats()) == len(one.caveats("zh"))


def test_headlines_in_both_languages(found: ModelTrend) -> None:
    words, plain = calc.narrate_trends, calc.narrate.plain
    assert plain(words.headline(found)) == (
        "From July 2024 to July 2025 the best US model rose 187 points and the best Chinese one 186; the gap went from"
        " 47 to 48 points"
    )
    assert plain(words.headline(found, "zh")).endswith(
        "美国最佳模型上升 187 分，中国上升 186 分；差距由 47 分变为 48 分"
    )
    assert plain(words.standfirst(found)).endswith(
        "The difference is +6 [−24, +37], which cannot be told from zero; kept straight, the lines would meet in"
        " November 2034 [September 2026, never]."
    )
    assert "将于 2034 年 11 月相交 [2026 年 9 月，永不]" in plain(words.standfirst(found, "zh"))
    openly = models(open_weights=True)
    assert "the lead went from 30 points for the United States to 69 points for China" in plain(words.headline(openly))
    assert "由美国领先 30 分变为中国领先 69 分" in plain(words.headline(openly, "zh"))


def test_the_command_prints_what_may_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trend", "models"]) == 0
    said = capsys.readouterr().out
    assert "Level 2034-11 2026-09 … never" in squeezed(said)
    assert "the slopes are 176 and 182" in said
    assert main(["trend", "models", "--format", "json", "--from", "2024-07", "--to", "2025-07-28"]) == 0
    assert json.loads(capsys.readouterr().out)["crossover"]["date"] == "2034-11"
    assert main(["trend", "models", "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "measure,date,value,low,high,unit,refused"


def squeezed(said: str) -> str:
    return " ".join(said.split())


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["trend", *arguments]) == 0
    return capsys.readouterr().out


def test_the_lag_has_its_least_and_most_and_over_how_many_days(
    found: ModelTrend, capsys: pytest.CaptureFixture[str]
) -> None:
    said = squeezed(printed(capsys, "models"))
    assert "China behind, months, mean of 210 of 387 days 4.0 least and most 2.1 … 6.1" in said
    assert calc.narrate_trends.said_of(found, "zh")[-1] == (
        "中国落后（月），387 天中 210 天的均值", "4.0", "最短与最长 2.1 … 6.1",
    )  # fmt: skip


def test_where_china_leads_no_lag_is_given_but_since_when(capsys: pytest.CaptureFixture[str]) -> None:
    said = squeezed(printed(capsys, "models", "--open", "--from", "2024-07", "--to", "2025-07"))
    assert "China in the lead since 2024-12-23 –" in said
    assert "China behind, months" not in said
    assert "Largest lead of China 88 2025-03-01 Largest lead of the United States 75 2024-07-31" in said
    assert "Smallest gap" not in said
    rows = {row[0]: row[1] for row in calc.narrate_trends.said_of(models(open_weights=True), "zh")}
    assert (rows["中国领先始于"], rows["中国最大领先"]) == ("2024-12-23", "88")
    assert calc.narrate_trends.gap_in_words(models(open_weights=True)) == (
        "Largest lead of China: 88 points (2025-03-01); Largest lead of the United States: 75 points (2024-07-31);"
        " at the end 69 points for China"
    )


def test_a_country_that_leads_throughout_has_a_smallest_and_a_largest_lead(tmp_path: Path) -> None:
    found = models(data=board(tmp_path, *monthly([1100.0] * 9, [1101.0 + i for i in range(9)])))
    rows = {row[0]: row[1:] for row in calc.narrate_trends.said_of(found)}
    assert rows["Smallest lead of China"] == ("1", "2024-01-20")
    assert rows["Largest lead of China"] == ("9", "2024-09-20")
    assert "the lead went from 1 point for China to 9 points for China" in calc.narrate.plain(
        calc.narrate_trends.headline(found)
    )


def test_it_is_said_whose_open_weights_gain_and_which_sign_is_good(
    found: ModelTrend, capsys: pytest.CaptureFixture[str]
) -> None:
    said = squeezed(printed(capsys, "models"))
    assert "Open weights gain on the best (+) or fall back (−) −9 −43 … +24" in said
    assert "the best open-weight model of any country less that of the best model of any" in said
    assert "above zero open weights catch up" in said
    assert any("正值表示开放权重在追赶" in one for one in found.caveats("zh"))


def test_one_is_said_in_the_singular(capsys: pytest.CaptureFixture[str]) -> None:
    said = printed(capsys, "models", "--from", "2025-07", "--to", "2025-07")
    assert said.startswith("In July 2025 the best US model rose 1 point and the best Chinese one 2; ")
    assert "The window holds 1 end of a month; a slope needs at least 8." in said
    assert Refusal("few", ("1", "8", "CN")).reason() == "China: 1 point; a trend needs at least 8."
    assert "China: 1 chip with both" in Refusal("prices", ("1", "8", "CN")).reason()
    heads = calc.narrate_trends.headline(models("2025-07", "2025-07"), "zh")
    assert heads.startswith("2025 年 7 月内，")


def test_a_refusal_stands_in_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("models", "--from", "2024-07", "--to", "2026-07")
    rows = list(csv.DictReader(io.StringIO(printed(capsys, *asked, "--format", "csv"))))
    assert [row["measure"] for row in rows] == ["all"]
    assert rows[0]["refused"].startswith("The window mixes scales or sources")
    plain = json.loads(printed(capsys, *asked, "--format", "json"))
    for part in ("frontier", "scale", "source", "gap"):
        assert plain[part] == {"refused": rows[0]["refused"]}
    assert "What may be said" not in printed(capsys, *asked)


def test_a_file_of_models_has_slopes_level_and_lag_and_no_nan(
    found: ModelTrend, capsys: pytest.CaptureFixture[str]
) -> None:
    text = printed(capsys, "models", "--format", "csv")
    rows = {row["measure"]: row for row in csv.DictReader(io.StringIO(text))}
    assert isinstance(found.fit, Window)
    for measure, one in (
        ("slope.US", found.fit.us), ("slope.CN", found.fit.cn), ("slope.difference", found.fit.difference),
    ):  # fmt: skip
        held = [float(rows[measure][word]) for word in ("value", "low", "high")]
        assert held == pytest.approx([one.value, one.low, one.high], abs=1e-5)
        assert rows[measure]["unit"] == "point/year"
    assert [rows[word]["date"] for word in ("level", "level_low", "level_high")] == ["2034-11", "2026-09", "never"]
    assert (rows["lag_mean"]["low"], rows["lag_days"]["value"], rows["lag_censored_days"]["value"]) == (
        "", "387", "177",
    )  # fmt: skip
    later = printed(capsys, "models", "--from", "2025-08-07", "--format", "csv")
    assert "nan" not in later
    assert "win_probability,2026-07-21,0.538978,,,1," in later
    short = printed(capsys, "models", "--from", "2025-01", "--to", "2025-07", "--format", "csv")
    assert "slope.CN,,,,,,The window holds 7 ends of months; a slope needs at least 8. Widen it." in short


def test_growth_of_hardware_says_its_years_and_what_another_window_gives(
    library: calc.Library, capsys: pytest.CaptureFixture[str]
) -> None:
    line = trends_hardware.hardware(library).line("US")
    assert line.growth is not None
    assert line.reach is not None
    years = f"{line.made[0].day.year} … {line.made[-1].day.year}"
    ends = calc.narrate_trends.per_cents(line.reach)
    said = squeezed(printed(capsys, "hardware"))
    assert f"US all {len(line.made)} {years} {line.growth.value:+.0%} " in said
    assert f"the United States {years}: {line.growth.value:+.0%}, {ends};" in said
    rows = list(csv.DictReader(io.StringIO(printed(capsys, "hardware", "--format", "csv"))))
    assert (rows[0]["first"], rows[0]["last"]) == (line.made[0].day.isoformat(), line.made[-1].day.isoformat())
    assert float(rows[0]["other_windows_most"]) == pytest.approx(line.reach[1])
    refused = [row["refused"] for row in rows if (row["country"], row["through"]) == ("CN", "records")]
    assert refused == ["China: 3 points; a trend needs at least 8."]
    for other in calc.trends_hardware.hardware(library).lines:
        assert len(set(other.others)) == len(other.others)


def test_one_country_has_only_its_own_sources_and_what_is_left_out_of_it(library: calc.Library) -> None:
    every, one = trends_hardware.hardware(library), trends_hardware.hardware(library, countries=("CN",))
    assert {library.get("chip", name).words["country"] for name in one.left_out} == {"CN"}
    assert set(one.sources) < set(every.sources)
    assert "wse-3" not in one.to_json()["left_out"]
    assert not any("nvidia" in source for source in one.sources)


def test_paces_say_how_many_accelerators_each_system_holds(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("pace", "--quantity", "hbm.capacity")
    said = squeezed(printed(capsys, *asked))
    assert "Atlas 950 2026 8,192 1,179.6 TB 24.0×" in said
    assert "a step of a whole system counts these too, and is not that of one chip" in said
    plain = json.loads(printed(capsys, *asked, "--format", "json"))
    assert [one["accelerators"] for one in plain["systems"]["CN"]] == [384, 8192, 15488]
    assert plain["paces"][0]["accelerators_ratio"] == pytest.approx(8192 / 384, abs=1e-4)
    rows = list(csv.DictReader(io.StringIO(printed(capsys, *asked, "--format", "csv"))))
    growth = plain["paces"][0]["growth_per_year"]
    for word, column in (("value", ""), ("low", "_low"), ("high", "_high")):
        assert float(rows[1][f"factor_per_year{column}"]) == pytest.approx(1.0 + growth[word], abs=1e-3)
    assert not any("growth" in column for column in rows[0])
    words = calc.narrate.plain(
        calc.narrate_trends.paces_in_words(trends_hardware.pace(calc.library(), "hbm.capacity"))[0]
    )
    assert words.startswith("Atlas 950: 24× CloudMatrix 384 with 21.3× the accelerators, 13.3× a year")


def test_the_command_on_hardware_and_paces(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trend", "hardware", "--per", "watt", "--country", "US", "--frontier", "--format", "json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert [(line["country"], line["through"]) for line in plain["lines"]] == [("US", "records")]
    assert plain["unit"] == "(FLOP/s)/W"
    assert main(["trend", "hardware", "--per", "usd"]) == 0
    assert "China: 2 chips with both the figure and a price; a trend needs at least 8 (all)." in capsys.readouterr().out
    assert main(["trend", "pace", "--precision", "FP8", "--format", "md"]) == 0
    assert "no date of level" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["modes"], "podcalc: no subject of trends 'modes'. Did you mean 'models'?"),
        (["models", "--per", "chip"], "podcalc: --per goes with trend hardware, not models"),
        (["pace", "--from", "2024"], "podcalc: --from goes with trend models or hardware, not pace"),
        (["models", "--from", "2024/7"], "podcalc: '2024/7' is no date; write 2024-07-07, or 2024-07 for the month"),
        (["models", "--scale", "elo"], "podcalc: no scale 'elo'. There are: raw, style."),
        (["models", "--data", "none.csv"], "none.csv:1:1: cannot be read: No such file or directory"),
    ],
)
def test_what_can_be_put_right_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert main(["trend", *arguments]) == 2
    assert capsys.readouterr().err == said + "\n"


def test_own_rows_have_scores_and_intervals() -> None:
    from calc.spec.library import built_in

    rows = read_boards(built_in() / "trends" / "chat-arena.csv")
    assert all(isinstance(row, Row) and row.score > 1000.0 for row in rows)
    assert {(row.source, row.scale) for row in rows} == {
        ("llm-leaderboard-csv", "raw"), ("ai-arena-history", "raw"), ("arena-ai-leaderboards", "style"),
    }  # fmt: skip


def test_a_time_that_never_comes_is_a_word_in_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trend", "hardware", "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    row = next(row for row in rows if (row["country"], row["through"]) == ("CN", "all"))
    assert row["doubling_high"] == "never"
    assert float(row["doubling_low"]) < float(row["doubling_years"])
