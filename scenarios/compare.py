"""Scenarios against their twins: the same people, the same draws, with and without.

Every scenario also carries its cash benchmark: the same rupiah to the same people in the same
month, with no strings (less the cost of delivery).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from calibration.crosssection import cross_section
from scenarios.effects import INDICATORS, effects
from scenarios.prepare import Setting, setting_of, world_of
from scenarios.provenance import provenance
from scenarios.schema import Scenario
from scenarios.store import write_whole
from simulation import indicators
from simulation.measures import interval
from simulation.model import EmpowermentModel
from simulation.programmes.terms import Cash
from simulation.trace import Trace, follow, share

Progress = Callable[[int, int, str], None]
SCENARIO, BENCHMARK = "scenario", "cash benchmark"
LEVEL = 0.90
"""Of the intervals: over replicates, so they hold chance but not yet parameters or sampling."""
DELIVERY = float(Cash.model_fields["delivery"].default)

AREA_MONTHLY = {
    "headcount": ("percent", indicators.POOR, indicators.PERSONS),
    "poverty_gap": ("percent", indicators.POVERTY_GAP, indicators.PERSONS),
    "poverty_severity": ("percent", indicators.POVERTY_SEVERITY, indicators.PERSONS),
    "owners": ("percent", indicators.ENTERPRISES, indicators.HOUSEHOLDS),
    "closures": ("percent", indicators.CLOSED, indicators.ENTERPRISES),
    "indebted": ("percent", indicators.INDEBTED, indicators.HOUSEHOLDS),
}


def silent(done: int, total: int, what: str) -> None:
    """Report no progress."""


@dataclass(frozen=True)
class Result:
    """One scenario, run without its twin.

    Attributes
    ----------
    months : pandas.DataFrame
        Columns replicate, month, indicator, unit, value; of the area's households.
    summary : pandas.DataFrame
        Columns indicator, unit, value, low, high; mean of the last year over replicates.
    scenario : Scenario
        What was run.
    """

    months: pd.DataFrame
    summary: pd.DataFrame
    scenario: Scenario

    def save(self, folder: str | Path) -> list[Path]:
        """Write months and summary as Parquet and CSV, and how to do it again; return the paths."""
        tables = {"months": self.months, "summary": self.summary}
        return save_tables(Path(folder), tables, [self.scenario])


@dataclass(frozen=True)
class Comparison:
    """Scenarios beside each other.

    Attributes
    ----------
    table : pandas.DataFrame
        Tidy: scenario, variant, group, indicator, label, unit, value, low, high, replicates.
    months : pandas.DataFrame
        Tidy: scenario, variant, replicate, month, indicator, unit, value (difference to the twin).
    scenarios : tuple of Scenario
        What was compared.
    """

    table: pd.DataFrame
    months: pd.DataFrame
    scenarios: tuple[Scenario, ...]

    def wide(self) -> pd.DataFrame:
        """Return the means with one column a scenario and variant, one row an indicator."""
        order = {indicator.name: row for row, indicator in enumerate(INDICATORS)}
        wide = self.table.pivot_table(
            index=["group", "indicator", "label", "unit"],
            columns=["scenario", "variant"],
            values="value",
            sort=False,
            dropna=False,
        )
        wide = wide.dropna(how="all")
        return wide.loc[sorted(wide.index, key=lambda key: order[key[1]])]

    def save(self, folder: str | Path) -> list[Path]:
        """Write tables, figure and how to do it again into a folder; return the paths."""
        from scenarios.figure import draw

        tables = {"comparison": self.table, "months": self.months}
        paths = save_tables(Path(folder), tables, self.scenarios)
        figure = draw(self.table, self.scenarios[0])
        picture = Path(folder) / "comparison.png"
        write_whole(picture, lambda path: figure.savefig(path, format="png", dpi=150))
        return [*paths, picture]


def run(scenario: Scenario, threads: int = 1, progress: Progress = silent) -> Result:
    """Run every replicate of one scenario.

    Examples
    --------
    >>> from scenarios.files import read
    >>> short = ["months=12", "households=500", "replicates=1"]
    >>> run(read("baseline", short)).summary.set_index("indicator").unit["headcount"]
    'percent'
    """
    setting = setting_of(scenario, threads)
    parts = []
    for replicate in range(scenario.replicates):
        progress(replicate, scenario.replicates, scenario.name)
        trace = follow(_model(scenario, setting, replicate, threads))
        monthly = _monthly(trace.sums, scenario)
        parts.append(monthly.assign(replicate=replicate))
    progress(scenario.replicates, scenario.replicates, scenario.name)
    months = pd.concat(parts, ignore_index=True)
    last = months[months.month.isin(sorted(months.month.unique())[-12:])]
    rows = []
    for name, (unit, _, _) in AREA_MONTHLY.items():
        yearly = last[last.indicator == name].groupby("replicate").value.mean()
        rows.append({"indicator": name, "unit": unit, **_interval(yearly.to_numpy())})
    columns = ["replicate", "month", "indicator", "unit", "value"]
    return Result(months[columns], pd.DataFrame(rows), scenario)


def compare(
    scenarios: Sequence[Scenario], threads: int = 1, progress: Progress = silent
) -> Comparison:
    """Compare scenarios, each with its own twin and its cash benchmark.

    Scenarios that share people, world and draws share the pass of their twin.

    Raises
    ------
    TooFewPeople
        Where a programme has more seats than simulated people to enrol.
    ValueError
        Where two scenarios have one name.

    Examples
    --------
    >>> from scenarios.files import read
    >>> small = ["months=12", "households=2000", "replicates=1", "programmes.training.seats=40"]
    >>> found = compare([read("training-only", small)])
    >>> sorted(found.table.variant.unique())
    ['cash benchmark', 'scenario']
    """
    names = [scenario.name for scenario in scenarios]
    if len(set(names)) < len(names):
        raise ValueError(f"two scenarios have one name: {', '.join(sorted(names))}")
    most = max(scenario.replicates for scenario in scenarios)
    total = sum(scenario.replicates for scenario in scenarios)
    done = 0
    found: list[dict[str, Any]] = []
    months: list[pd.DataFrame] = []
    for replicate in range(most):
        now = [scenario for scenario in scenarios if replicate < scenario.replicates]
        traces = []
        for scenario in now:
            progress(done, total, scenario.name)
            traces.append(_with_and_cash(scenario, replicate, threads))
            done += 1
        twins = _twins(now, traces, replicate, threads)
        for scenario, variants, twin in zip(now, traces, twins, strict=True):
            population = setting_of(scenario, threads).population
            for variant, trace in variants.items():
                place: dict[str, Any] = {
                    "scenario": scenario.name,
                    "variant": variant,
                    "replicate": replicate,
                }
                found.append({**place, **effects(population, trace, twin)})
                monthly = _monthly(trace.sums, scenario, twin.sums)
                for column, value in place.items():
                    monthly[column] = value
                months.append(monthly)
    progress(total, total, "")
    return Comparison(
        _table(pd.DataFrame(found)), pd.concat(months, ignore_index=True), tuple(scenarios)
    )


def _model(
    scenario: Scenario,
    setting: Setting,
    replicate: int,
    threads: int,
    **what: Any,  # noqa: ANN401
) -> EmpowermentModel:
    """Return the model of one replicate; without `what` it has the scenario's programmes."""
    return EmpowermentModel(
        setting.population,
        world_of(scenario, setting),
        setting.parameters,
        seed=scenario.seed,
        replicate=replicate,
        months=scenario.months,
        threads=threads,
        **(what or {"programmes": scenario.programmes}),
    )


def _with_and_cash(scenario: Scenario, replicate: int, threads: int) -> dict[str, Trace]:
    """Return the trace of the scenario and that of its cash benchmark."""
    setting = setting_of(scenario, threads)
    trace = follow(_model(scenario, setting, replicate, threads))
    variants = {SCENARIO: trace}
    if trace.cost > 0 and not all(programme.cash for programme in scenario.programmes):
        weight = setting.population.households["weight"]
        seats = sum(float(weight[rows].sum()) for _, rows in trace.cohorts)
        each = trace.cost / seats / (1.0 + DELIVERY)
        gifts = [(month, rows, np.full(len(rows), each)) for month, rows in trace.cohorts]
        given = follow(_model(scenario, setting, replicate, threads, gifts=gifts), trace.rows)
        variants[BENCHMARK] = _as_enrolled(given, trace)
    return variants


def _as_enrolled(given: Trace, trace: Trace) -> Trace:
    """Return the benchmark's trace with the enrolment and the cost of its scenario."""
    before = np.arange(len(given.sums))[:, None] < trace.since
    paths = {name: np.where(before, np.nan, path) for name, path in given.paths.items()}
    return Trace(
        given.rows,
        trace.since,
        paths,
        given.year_mean,
        given.sums,
        trace.cost,
        trace.cohorts,
        given.investor_flows,
        0,
        0,
    )


def _twins(
    scenarios: Sequence[Scenario],
    traces: Sequence[Mapping[str, Trace]],
    replicate: int,
    threads: int,
) -> list[Trace]:
    """Return the twin of each scenario; those that differ in programmes only share one."""
    keys = [_world_key(scenario) for scenario in scenarios]
    twins: dict[str, Trace] = {}
    for key, scenario in zip(keys, scenarios, strict=True):
        if key not in twins:
            sharing = [t[SCENARIO].rows for k, t in zip(keys, traces, strict=True) if k == key]
            model = _model(
                scenario, setting_of(scenario, threads), replicate, threads, programmes=()
            )
            twins[key] = follow(model, np.unique(np.concatenate(sharing)))
    return [twins[key] for key in keys]


def _world_key(scenario: Scenario) -> str:
    """Return what two scenarios must agree in to share a twin."""
    own = {"name", "title", "summary", "programmes", "replicates"}
    return scenario.model_dump_json(exclude=own)


def _monthly(sums: np.ndarray, scenario: Scenario, twin: np.ndarray | None = None) -> pd.DataFrame:
    """Return the area's monthly indicators, or their difference to the twin."""
    start = pd.Period(scenario.start, "M") + 1
    names = [str(start + month) for month in range(len(sums))]
    parts = []
    for name, (unit, what, of) in AREA_MONTHLY.items():
        value = 100.0 * share(sums, what, of)
        if twin is not None:
            value = value - 100.0 * share(twin, what, of)
        row = {"month": names, "indicator": name, "unit": unit, "value": value}
        parts.append(pd.DataFrame(row))
    return pd.concat(parts, ignore_index=True)


def _table(found: pd.DataFrame) -> pd.DataFrame:
    """Return the tidy table over replicates."""
    rows = []
    pairs = found[["scenario", "variant"]].drop_duplicates()
    for scenario, variant in pairs.itertuples(index=False):
        runs = found[(found.scenario == scenario) & (found.variant == variant)]
        for indicator in INDICATORS:
            rows.append(
                {
                    "scenario": scenario,
                    "variant": variant,
                    "group": indicator.group,
                    "indicator": indicator.name,
                    "label": indicator.label,
                    "unit": indicator.unit,
                    **_interval(runs[indicator.name].to_numpy(float)),
                    "replicates": len(runs),
                }
            )
    return pd.DataFrame(rows)


def _interval(values: np.ndarray) -> dict[str, float]:
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return {"value": np.nan, "low": np.nan, "high": np.nan}
    return dict(zip(("value", "low", "high"), interval(known, LEVEL), strict=True))


def save_tables(
    folder: Path, tables: Mapping[str, pd.DataFrame], scenarios: Sequence[Scenario]
) -> list[Path]:
    """Write tables as Parquet and CSV with their provenance, each whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, table in tables.items():
        for ending, write in (
            ("parquet", partial(table.to_parquet, index=False)),
            ("csv", partial(table.to_csv, index=False)),
        ):
            paths.append(folder / f"{name}.{ending}")
            write_whole(paths[-1], write)
    paths.append(folder / "provenance.json")
    document = json.dumps(provenance(scenarios), indent=2, ensure_ascii=False)
    write_whole(paths[-1], lambda path: path.write_text(document + "\n", encoding="utf-8"))
    return paths


def population_cells(
    area: str, households: int | Literal["all"], seed: int, threads: int = 1
) -> pd.DataFrame:
    """Return the synthetic population beside the BPS figures; see `cross_section`.

    Raises
    ------
    ValueError
        Where the area is unknown.
    """
    scenario = Scenario(name="population", area=area, households=households, seed=seed)
    setting = setting_of(scenario, threads)
    return cross_section(area, setting.population, setting.cells)
