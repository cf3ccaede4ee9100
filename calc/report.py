"""What the studies found, as tables to print."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from calc import figures, names
from calc.model.result import Result
from calc.spec.library import Library, Spec
from calc.tables import MARKS, Table

if TYPE_CHECKING:
    from calc.studies.claims import Claim
    from calc.studies.compare import Comparison
    from calc.studies.explain import Explanation
    from calc.studies.parity import Parity
    from calc.studies.power import PowerBreakdown
    from calc.studies.why import Why

__all__ = [
    "catalogue",
    "claims",
    "comparison",
    "explanation",
    "factors",
    "inputs",
    "matches",
    "power",
    "spec",
]

_KEY = "● measured, datasheet   ◐ derived, reported   ○ estimated, assumed"
_SHORT = 20
_WORDS = {True: "better", False: "worse", None: ""}


def _absent(reason: str, remarks: list[str]) -> str:
    """A short reason as it is, a long one as a mark to a remark below the table."""
    if len(reason) <= _SHORT:
        return reason
    if reason not in remarks:
        remarks.append(reason)
    return f"– [{remarks.index(reason) + 1}]"


def comparison(found: Comparison) -> Table:
    """A comparison: values with marks, ratios to the baseline, the convention beside each."""
    from calc.studies.shown import unit_of

    ids = [system.id for system in found.systems]
    others = [system_id for system_id in ids if system_id != found.baseline]
    titles = found.titles
    columns = [
        "Quantity",
        "Convention",
        "Unit",
        *(titles[i] + (" (baseline)" if i == found.baseline else "") for i in ids),
    ]
    columns += [f"{titles[i]} ratio" if len(others) > 1 else "Ratio" for i in others]
    columns += [""] if len(others) == 1 else []
    rows: list[list[str]] = []
    group, empty = "", []
    remarks: list[str] = []
    for row in found.rows:
        if all(value is None for value in row.values.values()):
            empty.append(found.label(row))
            continue
        if row.quantity.group != group:
            group = row.quantity.group
            rows.append([names.GROUPS[group][0]])
        unit, texts = figures.column(row.quantity, list(row.values.values()))
        cells = [found.label(row), found.convention(row), unit_of(row, unit)]
        for system_id, text in zip(row.values, texts, strict=True):
            if row.values[system_id] is None:
                cells.append(_absent(row.missing[system_id], remarks))
            else:
                cells.append(f"{text} {MARKS[row.confidence[system_id] or 'assumed']}")
        cells += [figures.ratio(row.ratios[system_id]) for system_id in others]
        cells += [_WORDS[row.favours(others[0])]] if len(others) == 1 else []
        rows.append(cells)
    notes = [_KEY, *(f"[{i}] {remark}" for i, remark in enumerate(remarks, 1))]
    if empty:
        notes.append(f"Not known for any of them: {', '.join(empty)}.")
    records = [
        [
            row.quantity.name,
            found.label(row),
            found.convention(row),
            row.unit,
            row.quantity.better or "",
            *(row.values[i] for i in ids),
            *(row.ratios[i] for i in ids),
            *(row.confidence[i] or "" for i in ids),
            *(row.missing.get(i, "") for i in ids),
        ]
        for row in found.rows
    ]
    heads = [
        "quantity",
        "label",
        "convention",
        "unit",
        "better",
        *ids,
        *(f"{i} ratio" for i in ids),
        *(f"{i} confidence" for i in ids),
        *(f"{i} missing" for i in ids),
    ]
    right = frozenset(range(3, 3 + len(ids) + len(others)))
    per = f", per {found.per}" if found.per != "system" else ""
    kind = "2:4 sparse" if found.scenario.sparse else "dense"
    title = f"{', '.join(titles[i] for i in ids)}: {found.scenario.precision.upper()}, {kind}{per}"
    return Table(columns, rows, found.to_json(), title, notes, right, records, heads)


def factors(found: Why) -> Table:
    """A ratio's factors, their product last."""
    rows = []
    for factor in found.factors:
        unit, shown = figures.column(factor.quantity, [factor.value, factor.baseline_value])
        name = factor.quantity.name if factor.power > 0 else f"1 / {factor.quantity.name}"
        rows.append([name, unit, *shown, f"×{factor.ratio:.3f}"])
    rows.append([found.quantity.name, "", "", "", f"={found.ratio:.3f}"])
    title = f"{found.quantity.name}: {found.system} over {found.baseline}"
    return Table(
        ["Factor", "Unit", found.system, found.baseline, "Ratio"],
        rows,
        found.to_json(),
        title,
        (),
        frozenset({2, 3, 4}),
    )


def matches(found: Parity) -> Table:
    """What it takes to equal another system."""
    rows, records = [], []
    for row in found.rows:
        power = "–" if row.power is None else figures.number(row.power / 1e3, 0)
        racks = "–" if row.racks is None else figures.number(row.racks, 1)
        price = "–" if row.price is None else figures.number(row.price / 1e6, 2)
        rows.append(
            [
                row.quantity.name,
                figures.number(row.chips, 0),
                figures.number(row.systems, 2),
                power,
                racks,
                price,
                MARKS.get(row.confidence or "", ""),
            ]
        )
        records.append([row.quantity.name, row.chips, row.systems, row.power, row.racks, row.price, row.confidence])
    other = found.other
    matched = [f"{figures.number(other['chips'] or 0, 0)} chips"]
    matched += [f"{figures.number(other['power.all_in'] / 1e3, 0)} kW all-in"] if other["power.all_in"] else []
    matched += [f"{figures.number(other['racks'], 0)} rack{'s' * (other['racks'] != 1)}"] if other["racks"] else []
    notes = [
        f"One {found.match}: {', '.join(matched)}.",
        "Power, racks and price in proportion to chips; the network of a smaller or larger system is not modelled.",
        _KEY,
    ]
    return Table(
        ["To match its", "Chips", f"Share of one {found.system}", "kW all-in", "Racks", "Million USD", ""],
        rows,
        found.to_json(),
        f"How many of {found.system} equal one {found.match}",
        notes,
        frozenset({1, 2, 3, 4, 5}),
        records,
        ["quantity", "chips", "systems", "power W", "racks", "price USD", "confidence"],
    )


def _tree(found: Explanation, library: Library, depth: int) -> Iterator[list[str]]:
    indent = "· " * depth
    note = f" ({found.note})" if found.note else ""
    text, place = (f"= {found.formula}{note}", "") if found.formula else ("", "")
    confidence = found.confidence or ""
    if found.was_set:
        text = "set in the scenario"
    elif found.datum is not None:
        datum = found.datum
        doubt = datum.low is not None and datum.high is not None and datum.low != datum.high
        span = (
            f" ({figures.amount(found.quantity, datum.low or 0)} to {figures.amount(found.quantity, datum.high or 0)})"
            if doubt
            else ""
        )
        text = f"{datum.text}{span}: {datum.source}{', ' + datum.at if datum.at else ''}"
        place = datum.place
    yield [
        f"{indent}{found.name}",
        figures.amount(found.quantity, found.value),
        f"{MARKS.get(confidence, '')} {confidence}".strip(),
        text,
        place,
    ]
    if found.datum is not None and not found.was_set:
        for other in found.datum.alternatives:
            yield [
                f"{indent}· or",
                "",
                f"{MARKS[other.confidence]} {other.confidence}",
                f"{other.text}: {other.source}{', ' + other.at if other.at else ''}",
                other.place,
            ]
    for child in found.inputs:
        yield from _tree(child, library, depth + 1)


def explanation(found: Explanation, system_id: str, library: Library) -> Table:
    """A quantity's tree, and the sources below it."""
    rows = list(_tree(found, library, 0))
    cited = dict.fromkeys(reading.source for datum in found.figures() for reading in datum.readings)
    notes = [
        f"{source}: {entry['publisher']}, {entry['title']} ({entry['date']}). {entry['url']}"
        for source in cited
        if (entry := library.known_sources.get(source))
    ]
    plain = {"schema": "podcalc.explain/1", "system": system_id, **found.to_json(library.known_sources)}
    notes.insert(0, f"Weakest confidence: {found.confidence or 'none'}.")
    return Table(
        ["Quantity", "Value", "Basis", "From", "Where"], rows, plain, f"{system_id}: {found.quantity.meaning}", notes
    )


def power(found: PowerBreakdown) -> Table:
    """A system's power by part, then by scope."""

    def kilowatts(value: float | None) -> str:
        return "not known" if value is None else figures.number(value / 1e3, 1)

    rows: list[list[str]] = [["Parts"]]
    rows += [
        [
            part.title,
            part.role.replace("_", " "),
            part.within.replace("_", "-"),
            "–" if part.count is None else figures.number(part.count, 0),
            f"in {part.included_in}" if part.included_in else kilowatts(part.power),
            MARKS.get(part.confidence or "", ""),
        ]
        for part in found.parts
    ]
    for scope in found.scopes:
        if scope.published is None and scope.scope != "all_in":
            continue
        rows.append([f"Scope: {scope.scope.replace('_', '-')}"])
        rows.append(
            ["published", "", "", "", "not published" if scope.published is None else kilowatts(scope.published), ""]
        )
        rows.append(["itemised", "", "", "", kilowatts(scope.itemised), ""])
        rows.append(["unexplained", "", "", "", "–" if scope.unexplained is None else kilowatts(scope.unexplained), ""])
    if found.facility is not None:
        rows += [["Facility"], [f"all-in × PUE {found.pue:g}", "", "", "", kilowatts(found.facility), ""]]
    records = [[part.name, part.role, part.within, part.count, part.power, part.confidence] for part in found.parts]
    return Table(
        ["Part", "Role", "Within", "Count", "kW", ""],
        rows,
        found.to_json(),
        f"{found.system}: power",
        (_KEY,),
        frozenset({3, 4}),
        records,
        ["part", "role", "within", "count", "power W", "confidence"],
    )


def inputs(result: Result) -> Table:
    """Every input of a system with its value, range and source."""
    from calc.model.evaluate import settable

    rows, plain = [], []
    for path in settable(result.system):
        row = names.find(path)
        datum = result.inputs.get(path)
        if path in result.was_set:
            value = float(result.values[path])
            rows.append([path, figures.amount(row, value), "○ assumed", "set", ""])
            plain.append({"path": path, "unit": row.unit, "value": value, "confidence": "assumed", "set": True})
        elif datum is None:
            if path != "chip.flop_rate" and not path.startswith("scale_up.torus"):
                reason = result.system.absent.get(path, "not in its spec")
                rows.append([path, "–", "", reason, ""])
                plain.append({"path": path, "unit": row.unit, "value": None, "missing": reason})
        else:
            rows.append([path, datum.text, f"{MARKS[datum.confidence]} {datum.confidence}", datum.source, datum.place])
            plain.append(
                {
                    "path": path,
                    "unit": row.unit,
                    "value": datum.value,
                    "low": datum.low,
                    "high": datum.high,
                    "text": datum.text,
                    "confidence": datum.confidence,
                    "source": datum.source,
                    "file": datum.file,
                    "line": datum.line,
                    "readings": [reading.source for reading in datum.readings],
                }
            )
    return Table(
        ["Path", "Value", "Basis", "Source", "Where"],
        rows,
        {"schema": "podcalc.inputs/1", "system": result.system.id, "rows": plain},
        f"{result.system.id}: inputs, as --set takes them",
    )


def claims(system_id: str, found: Sequence[Claim]) -> Table:
    """Published totals against computed ones."""
    from calc.studies.claims import TOLERANCE

    rows, plain = [], []
    for claim in found:
        what = f"{claim.quantity.name} {claim.precision} {claim.sparsity}" if claim.precision else claim.quantity.name
        computed = "–" if claim.computed is None else figures.amount(claim.quantity, claim.computed)
        gap = "–" if claim.gap is None else f"{'+' if claim.gap > 0 else ''}{figures.number(claim.gap * 100, 1)}%"
        rows.append([what, claim.text, computed, gap, "✓" if claim.agrees else "!", claim.source, claim.explained])
        plain.append(
            {
                "quantity": claim.quantity.name,
                "precision": claim.precision,
                "sparsity": claim.sparsity,
                "claimed": claim.claimed,
                "computed": claim.computed,
                "gap": claim.gap,
                "agrees": claim.agrees,
                "source": claim.source,
                "explained": claim.explained,
                "place": claim.place,
            }
        )
    return Table(
        ["Claim", "Published", "Computed", "Gap", "", "Source", "Why it differs"],
        rows,
        {"schema": "podcalc.claims/1", "system": system_id, "rows": plain},
        f"{system_id}: published totals, {TOLERANCE:.0%} allowed",
        (),
        frozenset({1, 2, 3}),
    )


def catalogue(library: Library, what: str) -> Table:
    """What there is of a kind."""
    if what == "quantities":
        rows = [[row.name, row.unit, row.better or "", row.meaning] for row in names.QUANTITIES.values()]
        return _listing(
            what, ["Quantity", "Unit", "Better", "Meaning"], ["quantity", "unit", "better", "meaning"], rows
        )
    if what == "sources":
        rows = [
            [i, str(s["publisher"]), str(s["date"]), str(s["title"]), str(s["url"])]
            for i, s in sorted(library.known_sources.items())
        ]
        return _listing(
            what, ["Source", "Publisher", "Date", "Title", "Address"], ["id", "publisher", "date", "title", "url"], rows
        )
    kind = next(kind for kind, folder in names.KINDS.items() if folder == what)
    rows = []
    for spec_id in library.ids(kind):
        found = library.get(kind, spec_id)
        words = found.words
        rows.append(
            [
                spec_id,
                found.name,
                str(words.get("vendor", "")),
                str(words.get("country", "")),
                str(words.get("introduced", "")),
                str(words.get("status", "")),
                str(words["checked"]),
            ]
        )
    heads = ["Id", "Name", "Vendor", "Country", "Introduced", "Status", "Checked"]
    return _listing(what, heads, [head.lower() for head in heads], rows)


def _listing(what: str, heads: Sequence[str], keys: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    plain = [dict(zip(keys, row, strict=True)) for row in rows]
    return Table(
        heads, rows, {"schema": "podcalc.list/1", "what": what, "rows": plain}, records=rows, record_columns=keys
    )


def _maker(said: Mapping[str, Any]) -> str:
    """Who does a step of making a part, in a line."""
    who = [said.get("company", "a company not known"), said.get("country", "a country not known")]
    who += [said[key] for key in ("process", "node") if key in said]
    who += ["stock only"] if said.get("stock") else []
    note = f"; {said['note']}" if "note" in said else ""
    return f"{', '.join(who)} ({said['confidence']}, {said['source']}{note})"


def spec(found: Spec, library: Library) -> Table:
    """One spec: its words, then every reading of every figure."""
    rows: list[list[str]] = []
    plain: list[dict[str, Any]] = []
    for path, datum in found.figures.items():
        for i, reading in enumerate(datum.readings):
            rows.append(
                [
                    path if i == 0 else "  or",
                    reading.text,
                    f"{MARKS[reading.confidence]} {reading.confidence}",
                    reading.source,
                    reading.at,
                    reading.note,
                ]
            )
            plain.append(
                {
                    "path": path,
                    "adopted": i == 0,
                    "text": reading.text,
                    "value": reading.value,
                    "unit": reading.unit,
                    "low": reading.low,
                    "high": reading.high,
                    "confidence": reading.confidence,
                    "source": reading.source,
                    "at": reading.at,
                    "note": reading.note,
                    "line": reading.line,
                }
            )
    words = {key: value for key, value in found.words.items() if key != "absent"}
    apart = [key for key in words if key == "name" or key.startswith("origin.")]
    notes = [f"{key}: {value}" for key, value in words.items() if key not in apart]
    notes += [
        f"{key}: {_maker(maker)}" for key in apart if key.startswith("origin.") and isinstance(words[key], list)
        for maker in words[key]
    ]  # fmt: skip
    notes += [f"origin.{step} unknown: {reason}" for step, reason in words.get("origin.unknown", {}).items()]
    notes += [f"no {name}: {reason}" for name, reason in found.words.get("absent", {}).items()]
    cited = dict.fromkeys(source for source, _, _ in found.sources())
    notes += [
        f"{source}: {entry['publisher']}, {entry['title']} ({entry['date']}). {entry['url']}"
        for source in cited
        if (entry := library.known_sources.get(source))
    ]
    return Table(
        ["Path", "Value", "Basis", "Source", "At", "Note"],
        rows,
        {
            "schema": "podcalc.show/1",
            "kind": found.kind,
            "id": found.id,
            "file": found.file,
            "words": dict(found.words),
            "rows": plain,
        },
        f"{found.name} ({found.kind} {found.id}, {found.file})",
        notes,
    )
