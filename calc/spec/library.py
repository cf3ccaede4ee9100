"""The catalogue: every spec file of every folder, checked, and kept as parsed.

Folders overlay one another, first match wins: those given, then ``PODCALC_SPECS``, then the
project's own. A faulty file is left out and its faults are kept beside the catalogue; the rest
of it is whole. What a file's bytes parse to is kept as JSON under the user's cache folder by
content hash, so that a start need neither parse YAML nor import pint and pydantic.
"""

from __future__ import annotations

import json
import os
import re
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

from calc import names
from calc.errors import Fault, SpecError, UnknownNameError, nearest
from calc.spec.datum import Datum

__all__ = ["Library", "Spec", "built_in", "check_files", "file_bytes", "folders", "open_library", "text_of"]

_MAX_BYTES = 1 << 20
_INVENTED = re.compile(r"https?://([^/?#]*[.@])?example\.(com|net|org)(:\d+)?([/?#]|$)", re.IGNORECASE)
_REFERENCES = {"chip": "chip", "scale_up.link": "link", "scale_out.link": "link", "within": "region"}


@dataclass(frozen=True)
class Spec:
    """One checked spec file.

    Attributes
    ----------
    kind, id : what it describes, and its name to scripts (the file's name).
    file : where it stands.
    words : everything in it that is not a figure, by dotted path.
    claims : published totals, as plain values.
    """

    kind: str
    id: str
    file: str
    words: Mapping[str, Any]
    claims: Sequence[Mapping[str, Any]]
    _figures: Mapping[str, list[dict[str, Any]]] = field(repr=False)
    _places: Mapping[str, Sequence[int]] = field(repr=False)

    @cached_property
    def figures(self) -> dict[str, Datum]:
        """Its figures by dotted path."""
        prefix = {"chip": "chip.", "link": "scale_up.link.", "part": "part."}.get(self.kind, "")
        built = {}
        for path, readings in self._figures.items():
            unit = names.find(prefix + path).unit
            first, *others = (
                Datum(path=path, unit=unit, file=self.file, **{k: v for k, v in reading.items() if k != "place"})
                for reading in readings
            )
            built[path] = Datum(**{**_fields(first), "alternatives": tuple(others)}) if others else first
        return built

    @property
    def name(self) -> str:
        """Its full name."""
        return str(self.words["name"])

    @property
    def short(self) -> str:
        """Its name for narrow columns."""
        return str(self.words.get("short", self.words["name"]))

    def sources(self) -> Iterator[tuple[str, tuple[int, int], str]]:
        """Every source it cites, with the place and the path that cite it."""
        for path, readings in self._figures.items():
            for reading in readings:
                yield reading["source"], tuple(reading["place"]), path
        for path, said in self.words.items():
            if path.startswith("origin.") and isinstance(said, list):
                for maker in said:
                    yield maker["source"], tuple(maker["place"]), path
        if self.kind in ("kernels", "model"):
            yield self.words["source"], self.place("source"), "source"
        for i, claim in enumerate(self.claims):
            yield claim["source"], self.place(f"claims[{i}].source"), f"claims[{i}]"

    def place(self, path: str) -> tuple[int, int]:
        """Line and column of a word."""
        line, column = self._places.get(path, (1, 1))
        return line, column


def _fields(datum: Datum) -> dict[str, Any]:
    return {name: getattr(datum, name) for name in Datum.__slots__}


@dataclass(frozen=True)
class Library:
    """Every spec that can be used, by kind and id.

    Attributes
    ----------
    specs : the sound specs.
    known_sources : every source, by id, as plain values.
    faults : what is wrong with the files that were left out.
    digest : hash of everything it was built from; equal digests mean equal catalogues.
    composed : systems put together from it so far, by id and region; kept by `calc.spec.system.compose`.
    """

    specs: Mapping[tuple[str, str], Spec]
    known_sources: Mapping[str, Mapping[str, Any]]
    faults: tuple[Fault, ...]
    digest: str
    composed: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def ids(self, kind: str) -> list[str]:
        """Ids of a kind, in order."""
        return sorted(spec_id for of, spec_id in self.specs if of == kind)

    def get(self, kind: str, spec_id: str) -> Spec:
        """One spec.

        Raises
        ------
        SpecError : where its file is there but faulty.
        UnknownNameError : where there is none.
        """
        found = self.specs.get((kind, spec_id))
        if found is not None:
            return found
        stem_faults = [fault for fault in self.faults if Path(fault.file).stem == spec_id]
        if stem_faults:
            raise SpecError(stem_faults)
        hint = f"podcalc list {names.KINDS[kind]}"
        if kind == "system" and ("chip", spec_id) in self.specs:
            having = [one for one in self.ids("system") if self.specs[kind, one].words.get("chip") == spec_id]
            what = f"systems with it: {', '.join(having)}" if having else "no system here has it"
            raise UnknownNameError(kind, spec_id, (), f"it is a chip; {what}; {hint}")
        raise UnknownNameError(kind, spec_id, self.ids(kind), hint)

    def source(self, source_id: str) -> Mapping[str, Any]:
        """One source, as plain values.

        Raises
        ------
        UnknownNameError : where there is none.
        """
        if source_id not in self.known_sources:
            raise UnknownNameError("source", source_id, self.known_sources, "podcalc list sources")
        return self.known_sources[source_id]

    def cited(self) -> set[str]:
        """Ids of the sources that some spec cites."""
        return {source for spec in self.specs.values() for source, _, _ in spec.sources()}


def built_in() -> Path:
    """The project's own catalogue: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "specs"
    return installed if installed.is_dir() else package.parent / "specs"


def folders(given: Iterable[str | os.PathLike[str]] = ()) -> tuple[Path, ...]:
    """The folders to read, the first to win first.

    Raises
    ------
    SpecError : where one of them is not a folder.
    """
    listed = [Path(folder) for folder in given]
    listed += [Path(folder) for folder in os.environ.get("PODCALC_SPECS", "").split(os.pathsep) if folder]
    for folder in listed:
        if not folder.is_dir():
            raise SpecError(
                [Fault(str(folder), 1, 1, "", "is not a folder; --specs and PODCALC_SPECS name folders of spec files")]
            )
    return (*listed, built_in())


def open_library(given: Iterable[str | os.PathLike[str]] = (), texts: Mapping[str, str] | None = None) -> Library:
    """The catalogue of some folders, laid over the project's own.

    Parameters
    ----------
    given : further folders, the first to win first.
    texts : further spec files by name, laid over all folders; nothing of them is kept on disk.

    Returns
    -------
    Library : equal calls share one object for as long as no file changes.
    """
    layers: list[tuple[tuple[str, bytes | Fault], ...]] = []
    if texts:
        layers.append(tuple((name, text.encode()) for name, text in texts.items()))
    layers += [_layer(folder, _state(str(folder))) for folder in folders(given)]
    return _build(tuple(layers), keep=not texts)


def _read_below(name: str) -> bool:
    """Whether specs are looked for in a folder; fits of kernels are read one by one where they are used."""
    return not name.startswith(".") and name != "kernels"


def _state(folder: str) -> tuple[tuple[str, int, int, int], ...]:
    """What differs as soon as a file below a folder does, found without reading one."""
    found: list[tuple[str, int, int, int]] = []
    waiting = [folder]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        if _read_below(entry.name):
                            waiting.append(entry.path)
                    else:
                        status = entry.stat(follow_symlinks=False)
                        found.append((entry.path, status.st_mtime_ns, status.st_ctime_ns, status.st_size))
                    if entry.is_symlink():
                        # What a link points to is looked at each time.
                        found.append((entry.path, time.monotonic_ns(), 0, 0))
        except OSError:
            continue
    return tuple(found)


@lru_cache(maxsize=32)
def _layer(folder: Path, state: tuple[tuple[str, int, int, int], ...]) -> tuple[tuple[str, bytes | Fault], ...]:
    """The files of a folder in a state; equal states share them, so that nothing is read twice."""
    return tuple(_files(folder))


def _files(folder: Path, *, everything: bool = False) -> Iterator[tuple[str, bytes | Fault]]:
    """Every spec file below a folder: its name to show, and its bytes or why it was not read."""
    root = folder.resolve()
    shown = Path("specs") if folder == built_in() else folder
    for parent, below, files in os.walk(root):
        below[:] = sorted(name for name in below if _read_below(name) or (everything and name == "kernels"))
        for name in sorted(files):
            if not name.endswith((".yaml", ".yml")) or name.startswith("."):
                continue
            path = Path(parent, name)
            label = str(shown / path.relative_to(root))
            if path.is_symlink() and not path.resolve().is_relative_to(root):
                yield label, Fault(label, 1, 1, "", "is a link that leaves its folder; copy the file in")
                continue
            yield label, _bytes(path, label)


def _bytes(path: Path, label: str, what: str = "a spec file") -> bytes | Fault:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return Fault(label, 1, 1, "", "is not a file")
        if status.st_size > _MAX_BYTES:
            return Fault(label, 1, 1, "", f"is {status.st_size:,} bytes; {what} is at most {_MAX_BYTES:,}")
        return path.read_bytes()
    except OSError as error:
        return Fault(label, 1, 1, "", f"cannot be read: {error.strerror or error}")


def file_bytes(path: str | os.PathLike[str], what: str = "a spec file") -> bytes:
    """The content of one file that a user names, if it is one and not too large.

    Parameters
    ----------
    path : where it is.
    what : what it should be, for messages.

    Raises
    ------
    SpecError : where it cannot be read.
    """
    found = _bytes(Path(path), str(path), what)
    if isinstance(found, Fault):
        raise SpecError([found])
    return found


def text_of(spec: Spec, texts: Mapping[str, str] | None = None) -> str:
    """The file of a spec of the catalogue as it is written.

    Parameters
    ----------
    spec : a spec of the catalogue.
    texts : further spec files that the catalogue was opened with.

    Raises
    ------
    SpecError : where it can no longer be read.
    """
    if texts and spec.file in texts:
        return texts[spec.file]
    path = Path(spec.file)
    inside = built_in() / path.relative_to("specs") if path.parts[:1] == ("specs",) else path
    return file_bytes(inside if inside.is_file() else path).decode("utf-8-sig")


@cache
def _version() -> str:
    """Hash of the code that parses, so that nothing parsed by other code is used."""
    package = Path(__file__).resolve().parent.parent
    code = [package / "units.txt", package / "units.py", package / "names.py", *sorted((package / "spec").glob("*.py"))]
    return blake2b(b"\0".join(path.read_bytes() for path in code), digest_size=12).hexdigest()


def _kept_at() -> Path | None:
    asked = os.environ.get("PODCALC_CACHE", "")
    if asked == "off":
        return None
    if asked:
        return Path(asked)
    from platformdirs import user_cache_path

    return user_cache_path("podcalc", appauthor=False)


def _load_kept() -> dict[str, Any]:
    folder = _kept_at()
    try:
        kept = json.loads((folder / f"specs-{_version()}.json").read_bytes()) if folder else {}
        return kept if isinstance(kept, dict) else {}
    except (OSError, ValueError):
        return {}


def _keep(parsed: dict[str, Any]) -> None:
    """Write what was parsed; a cache that cannot be written only costs time."""
    from tempfile import NamedTemporaryFile

    folder = _kept_at()
    if folder is None:
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"specs-{_version()}.json"
        with NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as file:
            # Into a file, json writes piece by piece in Python; whole, it takes a quarter of the time.
            file.write(json.dumps(parsed, separators=(",", ":")))
        os.replace(file.name, target)
        for old in folder.glob("specs-*.json"):
            if old != target:
                old.unlink(missing_ok=True)
    except OSError:
        return


@lru_cache(maxsize=64)
def _build(layers: tuple[tuple[tuple[str, bytes | Fault], ...], ...], *, keep: bool) -> Library:
    # Keyed by content, so a changed file is a new key; old ones are few and small.
    kept = _load_kept()
    fresh: dict[str, Any] = {}
    specs: dict[tuple[str, str], Spec] = {}
    sources: dict[str, Mapping[str, Any]] = {}
    faults: list[Fault] = []
    astray: list[tuple[str, str, int, int, str]] = []
    total = blake2b(digest_size=16)
    for layer in layers:
        here: dict[tuple[str, str], str] = {}
        for label, data in layer:
            if isinstance(data, Fault):
                faults.append(data)
                continue
            digest = blake2b(label.encode() + b"\0" + data, digest_size=16).hexdigest()
            total.update(digest.encode())
            entry = kept.get(digest)
            if entry is None:
                entry = fresh[digest] = _parse(data, label)
            compiled, found, cites = entry
            # A file with faults is read no further, but all that is wrong with it is said at once.
            astray += [(label, *cite) for cite in cites]
            faults += [Fault(*fault) for fault in found]
            if Path(label).stem == "sources":
                for source_id, source in (compiled or {}).items():
                    sources.setdefault(source_id, {**source, "file": label})
            elif compiled is not None:
                key = (compiled["kind"], compiled["id"])
                if key in here:
                    faults.append(
                        Fault(label, 1, 1, "", f"is a second {key[0]} '{key[1]}', after {here[key]}; keep one")
                    )
                    continue
                here[key] = label
                specs.setdefault(
                    key,
                    Spec(
                        key[0],
                        key[1],
                        label,
                        compiled["words"],
                        compiled["claims"],
                        compiled["figures"],
                        compiled["places"],
                    ),
                )
    if fresh and keep:
        _keep(dict(list(kept.items())[-2000:]) | fresh)
    # A source that has a fault of its own is there, though it cannot be used.
    beheld = [fault.path for fault in faults if Path(fault.file).stem == "sources"]
    faults += [
        Fault(label, line, column, path, _no_source(source, sources))
        for label, source, line, column, path in astray
        if source not in sources and not any(known.startswith(source) for known in beheld)
    ]
    faulty = {Path(fault.file).stem for fault in faults}
    # A spec that refers to one left out is left out too, and so on up.
    while dangling := list(_dangling(specs, sources, faulty)):
        faults += [fault for _, fault in dangling]
        for key, _ in dangling:
            specs.pop(key, None)
            faulty.add(key[1])
    return Library(specs, sources, tuple(sorted(set(faults))), total.hexdigest())


def _parse(data: bytes, label: str) -> list[Any]:
    from calc.spec.check import cited, compile_sources, compile_spec

    path = Path(label)
    compiled, faults = compile_sources(data, label) if path.stem == "sources" else compile_spec(data, label, path.stem)
    cites = cited(data, label) if compiled is None else []
    return [compiled, [[f.file, f.line, f.column, f.path, f.message] for f in faults], cites]


def _no_source(source: str, sources: Mapping[str, Any]) -> str:
    close = nearest(source, sources)
    return f"no source '{source}'; " + (f"did you mean '{close}'?" if close else "add it to a sources.yaml")


def _dangling(
    specs: Mapping[tuple[str, str], Spec], sources: Mapping[str, Any], faulty: set[str]
) -> Iterator[tuple[tuple[str, str], Fault]]:
    """Every citation of a source, and every reference to a spec, that leads nowhere."""
    for key, spec in specs.items():
        for source, (line, column), path in spec.sources():
            if source not in sources:
                yield key, Fault(spec.file, line, column, f"{path}.source", _no_source(source, sources))
        for word, target in spec.words.items():
            kind = _REFERENCES.get(word) or ("part" if word.startswith("parts.") and word.endswith(".part") else None)
            if kind is None or (kind, target) in specs:
                continue
            if target in faulty:
                what = f"{kind} '{target}' cannot be used; its own file has faults"
            else:
                close = nearest(target, [i for k, i in specs if k == kind])
                what = f"no {kind} '{target}'; " + (
                    f"did you mean '{close}'?" if close else f"add {names.KINDS[kind]}/{target}.yaml"
                )
            yield key, Fault(spec.file, *spec.place(word), word, what)
        chips = [spec.figures[name].value for name in ("nodes", "chips_per_node") if name in spec.figures]
        domain = spec.figures.get("scale_up.domain")
        if domain is not None and len(chips) == 2 and domain.value > chips[0] * chips[1]:
            what = f"{domain.value:,.0f} chips of one domain are more than the system's {chips[0] * chips[1]:,.0f}"
            yield key, Fault(spec.file, domain.line, 1, "scale_up.domain", what)


def check_files(
    paths: Iterable[str | os.PathLike[str]], given: Iterable[str | os.PathLike[str]] = ()
) -> tuple[int, list[Fault]]:
    """Check spec files and folders as an overlay of the catalogue.

    Parameters
    ----------
    paths : files and folders.
    given : further folders that they may refer to.

    Returns
    -------
    count : how many files were read.
    faults : everything wrong with them, in order of file and line.
    """
    layer: list[tuple[str, bytes | Fault]] = []
    for path in map(Path, paths):
        if path.is_dir():
            layer += list(_files(path, everything=True))
        elif path.exists():
            layer.append((str(path), _bytes(path, str(path))))
        else:
            layer.append((str(path), Fault(str(path), 1, 1, "", "is not there; give a file or a folder")))
    mine = {label for label, _ in layer}
    layers = (tuple(layer), *(tuple(_files(folder)) for folder in folders(given)))
    # A file checked by name is also read with its folder; the one that was named counts.
    library = _build(layers, keep=False)
    faults = [*library.faults, *_invented(library.known_sources)]
    return len(layer), sorted(fault for fault in faults if fault.file in mine)


def _invented(sources: Mapping[str, Mapping[str, Any]]) -> Iterator[Fault]:
    """Every source with an address that stands for none, as the template has it."""
    for source_id, source in sources.items():
        if _INVENTED.match(source["url"]):
            what = f"'{source['url'][:60]}' only stands in for an address; give the one where it can be read"
            yield Fault(source["file"], source["line"], 1, f"{source_id}.url", what)
