"""The month in C: compiled by gcc, called on the very same arrays."""

import ctypes
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np

from benchmarks.scene import Scene
from simulation import draws, indicators, ledger, records
from simulation.agents import contract, enterprise, household
from simulation.parameters import RECORD

SOURCE = Path(__file__).with_name("month.c")
FLAGS = ("-O3", "-ffp-contract=off", "-Wall", "-Werror", "-shared", "-fPIC")
STRUCTS = {
    "Household": records.HOUSEHOLD,
    "Enterprise": records.ENTERPRISE,
    "Place": records.PLACE,
    "Contract": records.CONTRACT,
    "Nearby": records.NEARBY,
    "Parameters": RECORD,
}
C_TYPES = {
    "<f8": "double",
    "<i8": "int64_t",
    "<u4": "uint32_t",
    "<u2": "uint16_t",
    "|u1": "uint8_t",
}
_WORD, _INTEGER, _REAL, _ARRAY = (
    ctypes.c_uint64,
    ctypes.c_int64,
    ctypes.c_double,
    ctypes.c_void_p,
)


def layout() -> str:
    """Return the C header that has the records, purposes, flows and sums as they now are."""
    lines = ["#include <stddef.h>", "#include <stdint.h>"]
    for name, dtype in STRUCTS.items():
        lines += _struct(name, dtype)
    for prefix, module in (("DRAW_", draws), ("FLOW_", ledger), ("SUM_", indicators)):
        lines += _integers(prefix, module)
    lines += _integers("", records) + _integers("", household)
    lines += [
        f"#define N_SUMS {indicators.N_SUMS}",
        f"#define USUAL_HOURS {enterprise.USUAL_HOURS}",
        f"#define LEAST_OWED {contract.LEAST_OWED}",
    ]
    return "\n".join(lines) + "\n"


def _struct(name: str, dtype: np.dtype) -> list[str]:
    """Return a C struct; it does not compile where C lays it out unlike NumPy."""
    fields = dtype.fields or {}
    return [
        "typedef struct {",
        *(f"    {C_TYPES[kind.str]} {field};" for field, (kind, _) in fields.items()),
        f"}} {name};",
        f'_Static_assert(sizeof({name}) == {dtype.itemsize}, "{name}");',
        *(
            f'_Static_assert(offsetof({name}, {field}) == {offset}, "{name}.{field}");'
            for field, (_, offset) in fields.items()
        ),
    ]


def _integers(prefix: str, module: ModuleType) -> list[str]:
    return [
        f"#define {prefix}{name} {value}"
        for name, value in vars(module).items()
        if name.isupper() and not name.startswith("_") and type(value) is int
    ]


def compiler() -> str | None:
    """Return the path of gcc, if there is one."""
    return shutil.which("gcc")


@cache
def program(*flags: str) -> ctypes.CDLL:
    """Compile the C program, with flags beside the usual ones, and load it."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "layout.h").write_text(layout())
        library = Path(folder, "month.so")
        command = [str(compiler()), *FLAGS, *flags, f"-I{folder}", str(SOURCE)]
        subprocess.run([*command, "-o", str(library), "-lm"], check=True)
        loaded = ctypes.CDLL(str(library))
    loaded.live.argtypes = (
        *(_ARRAY, _ARRAY, _ARRAY, _INTEGER),
        *(_ARRAY, _ARRAY, _ARRAY, _ARRAY, _ARRAY),
        *(_REAL, _WORD, _INTEGER, _ARRAY),
    )
    loaded.live.restype = None
    loaded.fill_uniforms.argtypes = (_WORD, _ARRAY, _ARRAY, _INTEGER, _INTEGER, _ARRAY, _INTEGER)
    loaded.fill_uniforms.restype = None
    return loaded


def live_in_c(scene: Scene, *flags: str) -> np.ndarray:
    """Live a month by the C program; return the sums by block."""
    month = scene.turn()
    population = scene.population
    sums = np.empty((len(population.blocks), indicators.N_SUMS))
    program(*flags).live(
        population.households.ctypes.data,
        population.enterprises.ctypes.data,
        population.blocks.ctypes.data,
        len(population.blocks),
        scene.places.ctypes.data,
        scene.demand.ctypes.data,
        population.nearby.ctypes.data,
        scene.contracts.ctypes.data,
        scene.parameters.ctypes.data,
        population.start_rate,
        scene.key,
        month,
        sums.ctypes.data,
    )
    return sums


def uniforms_in_c(
    key: np.uint64, serials: np.ndarray, whens: np.ndarray, purpose: int, index: int
) -> np.ndarray:
    """Return one uniform draw of the C program for each serial and moment."""
    out = np.empty(len(serials))
    program().fill_uniforms(
        key, serials.ctypes.data, whens.ctypes.data, purpose, index, out.ctypes.data, len(out)
    )
    return out


def differences(one: np.recarray, other: np.recarray) -> dict[str, float]:
    """Return by field the largest difference between two arrays of records.

    Returns
    -------
    dict
        For real fields relative to the larger of the two (to one where both are smaller); for
        whole numbers the share of rows that differ. Infinite where a value is not a number.
    """
    found = {}
    for field in one.dtype.names or ():
        a, b = one[field], other[field]
        if a.dtype.kind == "f":
            size = np.maximum(np.maximum(np.abs(a), np.abs(b)), 1.0)
            found[field] = float(np.max(np.nan_to_num(np.abs(a - b) / size, nan=np.inf)))
        else:
            found[field] = float(np.mean(a != b))
    return found
