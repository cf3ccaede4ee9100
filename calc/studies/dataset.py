"""A study's results on disk: Parquet files, one for each chunk, and a manifest that says what they are."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from calc.errors import CalcError
from calc.studies.points import Column, Plan, Words

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = [
    "MANIFEST",
    "chunk_file",
    "clear_unfinished",
    "encoded",
    "identity",
    "key_of",
    "locked",
    "read_dataset",
    "read_manifest",
    "table_of",
    "write_chunk",
    "write_manifest",
]

MANIFEST = "manifest.json"
_LOCK = ".lock"
_DIGEST = b"podcalc.sha256"
_OF = b"podcalc.identity"
_NUMBER = b"podcalc.chunk"
HASH = (
    "sha256 over the SHA-256 digests of the chunks in order; each is over its columns in order: numbers as"
    " little-endian float64, absent ones as NaN; words as their UTF-8, each followed by a zero byte for every run of"
    " equal ones (absent ones as no letter), behind the run's length as little-endian int64"
)
"""How the hash of a dataset is made, so that another program can make it too."""


def chunk_file(number: int) -> str:
    """Name of the file of a chunk."""
    return f"part-{number:08d}.parquet"


def identity(plan: Plan) -> dict[str, Any]:
    """What a dataset is the result of: equal identities give equal values.

    Returns
    -------
    identity : the study, its points and chunks, versions, and the hash of every spec file it rests on.
    """
    from importlib.metadata import version

    package = Path(__file__).resolve().parent.parent
    code = sha256()
    for path in sorted(package.rglob("*")):
        place = path.relative_to(package)
        # An installed package holds the pages and the catalogue too: those have no part in it, or hashes of their own.
        if path.suffix in (".py", ".csv", ".txt") and place.parts[0] not in ("specs", "ui"):
            code.update(place.as_posix().encode() + b"\0" + path.read_bytes())
    return {
        "schema": "podcalc.sweep/1",
        "study": plan.study.plain(),
        "points": plan.study.points,
        "chunks": plan.chunks,
        "columns": [{"name": one.name, "unit": one.unit, "role": one.role} for one in plan.columns],
        "seed": plan.study.seed,
        "versions": {
            "podcalc": version("podcalc"),
            "code": code.hexdigest(),
            "numpy": np.__version__,
            "scipy": version("scipy"),
        },
        "specs": plan.specs(),
    }


def key_of(said: Mapping[str, Any]) -> str:
    """The hash of an identity."""
    return sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a folder for one sweep; the system lets go of it when the process ends, however it ends.

    Raises
    ------
    CalcError : where another sweep holds it, or it cannot be written to.
    """
    import filelock

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / _LOCK, timeout=0):
            yield
    except filelock.Timeout:
        raise CalcError(f"another sweep is writing to {folder}; wait for it, or give another folder") from None
    except (FileExistsError, NotADirectoryError):
        raise CalcError(f"{folder} is a file; give a folder to write to") from None
    except PermissionError as error:
        raise CalcError(f"{error.filename or folder} cannot be written to; give another folder") from None


def read_manifest(folder: Path) -> dict[str, Any] | None:
    """What a folder's manifest says; None where it has none.

    Raises
    ------
    CalcError : where it cannot be read.
    """
    try:
        said: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError):
        raise CalcError(f"{folder / MANIFEST} cannot be read; give another folder, or remove it") from None
    return said


def write_manifest(folder: Path, said: Mapping[str, Any]) -> None:
    """Write a folder's manifest, whole or not at all."""
    _replace(folder / MANIFEST, json.dumps(said, indent=1, ensure_ascii=False).encode() + b"\n")


def _replace(path: Path, data: Any) -> None:
    """Put a file in place whole or not at all; a crash leaves the old one, or none."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def clear_unfinished(folder: Path) -> None:
    """Remove what processes that are no more were in the middle of writing."""
    for path in folder.glob(".*.tmp"):
        path.unlink(missing_ok=True)


def write_chunk(plan: Plan, key: str, number: int, folder: Path) -> tuple[str, bool]:
    """Write a chunk's file, unless it is there and sound.

    Parameters
    ----------
    plan : the study's plan.
    key : hash of its identity, which the file carries.
    number : which chunk.
    folder : where.

    Returns
    -------
    digest : hash of the chunk's values.
    kept : whether the file was there already.
    """
    path = folder / chunk_file(number)
    if path.exists():
        found = _sound(path, key, number, plan.rows(number))
        if found:
            return found, True
    table, digest = table_of(plan.columns, plan.chunk(number), key, number)
    _replace(path, encoded(table))
    return digest, False


def encoded(table: pa.Table) -> Any:
    """A table as the bytes of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    sink = pa.BufferOutputStream()
    axes = [field.name for field in table.schema if field.metadata and field.metadata[b"role"] == b"axis"]
    # Axes repeat a few values; results hardly ever do.
    parquet.write_table(table, sink, use_dictionary=axes, compression="snappy")
    return sink.getvalue()


def table_of(
    columns: Sequence[Column], values: Mapping[str, Any], key: str = "", number: int = 0
) -> tuple[pa.Table, str]:
    """A chunk as a table, and the hash of its values.

    Parameters
    ----------
    columns : of the table, in order.
    values : of each, by name.
    key : hash of the identity that it belongs to.
    number : which chunk it is.
    """
    import pyarrow as pa

    arrays, fields = [], []
    for column in columns:
        found = values[column.name]
        if isinstance(found, Words):
            codes = pa.array(found.codes, mask=found.codes < 0)
            array = pa.DictionaryArray.from_arrays(codes, list(found.words)).dictionary_decode()
        else:
            array = pa.array(np.asarray(found, dtype=float), from_pandas=True)
        arrays.append(array)
        fields.append(pa.field(column.name, array.type, metadata={"unit": column.unit, "role": column.role}))
    table = pa.Table.from_arrays(arrays, schema=pa.schema(fields))
    digest = _digest(table)
    said = {_OF: key.encode(), _NUMBER: str(number).encode(), _DIGEST: digest.encode()}
    return table.replace_schema_metadata(said), digest


def _digest(table: pa.Table) -> str:
    """The hash of a table's values, as `HASH` says."""
    import pyarrow as pa
    import pyarrow.compute as compute

    running = sha256()
    for column in table.columns:
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        if pa.types.is_string(whole.type):
            runs = compute.run_end_encode(whole)
            ends = np.asarray(runs.run_ends, dtype="<i8")
            for length, word in zip(np.diff(ends, prepend=0), runs.values.to_pylist(), strict=True):
                running.update(int(length).to_bytes(8, "little") + (word or "").encode() + b"\0")
        else:
            numbers = np.asarray(compute.fill_null(whole, np.nan), dtype="<f8")
            running.update(np.where(np.isnan(numbers), np.nan, numbers).data)
    return running.hexdigest()


def _sound(path: Path, key: str, number: int, rows: int) -> str:
    """The hash of a chunk's file; empty where it is torn, altered, or of another study."""
    import pyarrow as pa
    import pyarrow.parquet as parquet

    try:
        table = parquet.read_table(path, partitioning=None)
        said = table.schema.metadata or {}
        digest = said.get(_DIGEST, b"").decode()
        of = (said.get(_OF), said.get(_NUMBER), table.num_rows)
        sound = of == (key.encode(), str(number).encode(), rows) and _digest(table) == digest
    except (pa.ArrowException, OSError, KeyError, ValueError):
        return ""
    return digest if sound else ""


def read_dataset(folder: str | os.PathLike[str]) -> pd.DataFrame:
    """The rows of a sweep as a pandas frame, in order.

    Parameters
    ----------
    folder : what ``podcalc sweep`` wrote to.

    Raises
    ------
    CalcError : where there is no sweep, or it is not complete.
    """
    import pyarrow as pa
    import pyarrow.parquet as parquet

    place = Path(folder)
    said = read_manifest(place)
    if said is None:
        raise CalcError(f"{place} holds no sweep: it has no {MANIFEST}")
    if not said.get("complete"):
        raise CalcError(f"the sweep in {place} is not complete; podcalc sweep -o {place} --resume goes on with it")
    tables = [parquet.read_table(place / chunk_file(number), partitioning=None) for number in range(said["chunks"])]
    frame: pd.DataFrame = pa.concat_tables(tables).to_pandas()
    return frame
