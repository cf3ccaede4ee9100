"""A small catalogue that tests write, break and read."""

from __future__ import annotations

from pathlib import Path

SOURCES = """\
maker-2026:
  title: Model data
  publisher: Maker
  date: 2026-01
  url: https://maker.test/model
analyst-2026:
  title: Model estimates
  publisher: Analyst
  date: 2026-02
  url: https://maker.test/estimate
"""

CHIP = """\
kind: chip
name: Maker Chip
vendor: Maker
country: US
checked: 2026-11-25
dies: {value: 2, source: maker-2026, confidence: datasheet}
flop_rate:
  bf16:
    dense:
      - {value: 500 TFLOP/s, source: maker-2026, confidence: datasheet}
      - {value: 400 TFLOP/s, source: analyst-2026, confidence: estimated, range: [350 TFLOP/s, 450 TFLOP/s]}
    sparse_2_4: {value: 1 PFLOP/s, source: maker-2026, confidence: datasheet}
hbm:
  capacity: {value: 100 GB, source: maker-2026, confidence: datasheet}
  bandwidth: {value: 4 TB/s, source: maker-2026, confidence: datasheet}
scale_up:
  link: maker-link
  links: {value: 8, source: maker-2026, confidence: datasheet}
power: {value: 600 W, source: maker-2026, confidence: datasheet}
"""

LINK = """\
kind: link
name: Maker Link
vendor: Maker
country: US
checked: 2026-11-25
medium: copper
bandwidth_per_direction: {value: 50 GB/s, source: maker-2026, confidence: datasheet}
"""

PART = """\
kind: part
name: Maker Switch
vendor: Maker
country: US
checked: 2026-11-25
type: switch
power: {value: 200 W, source: maker-2026, confidence: datasheet}
"""

REGION = """\
kind: region
name: Everywhere
checked: 2026-11-25
pue: {value: 1.5, source: analyst-2026, confidence: estimated, range: [1.1, 1.9]}
"""

SYSTEM = """\
kind: system
name: Maker System
vendor: Maker
country: US
checked: 2026-11-25
chip: maker-chip
chips_per_node: {value: 4, source: maker-2026, confidence: datasheet}
nodes: {value: 8, source: maker-2026, confidence: datasheet}
nodes_per_rack: {value: 4, source: maker-2026, confidence: datasheet}
scale_up:
  topology: switched
  domain: {value: 32, source: maker-2026, confidence: datasheet}
  tiers: {value: 1, source: maker-2026, confidence: datasheet}
  oversubscription: {value: 1, source: maker-2026, confidence: datasheet}
scale_out:
  link: maker-link
  links_per_node: {value: 2, source: maker-2026, confidence: datasheet}
parts:
  switches: {part: maker-switch, role: scale_up, within: rack, per: rack, count: {value: 2, source: maker-2026, confidence: datasheet}}
  cpus: {type: cpu, role: host, within: node, per: node, count: {value: 2, source: maker-2026, confidence: datasheet}}
power:
  node: {value: 3 kW, source: maker-2026, confidence: datasheet}
  all_in: {value: 30 kW, source: analyst-2026, confidence: estimated, range: [25 kW, 35 kW]}
price: {value: 2 MUSD, source: analyst-2026, confidence: reported, range: [1 MUSD, 3 MUSD], currency_year: 2026}
absent: {copper_cables: not counted by any source}
claims:
  - {quantity: flop_rate, precision: bf16, value: 16 PFLOP/s, source: maker-2026}
"""

FILES = {
    "sources.yaml": SOURCES,
    "chips/maker-chip.yaml": CHIP,
    "links/maker-link.yaml": LINK,
    "parts/maker-switch.yaml": PART,
    "systems/maker-system.yaml": SYSTEM,
}


def write(folder: Path, **changed: str) -> Path:
    """The small catalogue in a folder, with some files changed by the name before their dot."""
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(changed.get(path.stem.replace("-", "_"), text), encoding="utf-8")
    return folder
