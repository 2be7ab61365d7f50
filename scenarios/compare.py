"""Scenarios against their twins: the same people, the same draws, with and without.

Every scenario also carries its cash benchmark: the same rupiah to the same people in the same
month, with no strings (less the cost of delivery).

Over a posterior every scenario is lived with several sets of parameters, each with the same
replicates of chance, and at one of these sets with other samples of people.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from scenarios.results.exports import about_of, to_xarray, write_excel, write_tables
from scenarios.results.provenance import provenance
from scenarios.results.store import write_whole
from scenarios.runs.claims import claims, money
from scenarios.runs.effects import INDICATORS, effects
from scenarios.runs.months import AREA_MONTHLY, monthly
from scenarios.runs.places import by_place, places_of
from scenarios.runs.play import (
    SAMPLES,
    SCENARIO,
    STREET_BASE,
    Pass,
    enrols_street,
    model_of,
    passes,
    street_effects,
    twins_of,
    with_and_cash,
)
from scenarios.runs.prepare import setting_of
from scenarios.runs.replicates import (
    ALL_THREE,
    CHANCE_ALONE,
    decide,
    mean_of,
    notes_of,
    programmes_of,
    table_of,
)
from scenarios.schema import BEYOND_HORIZON, HORIZON, Scenario
from scenarios.studies.budget import at_budget
from scenarios.studies.ranks import ranks, tidy, tradeoffs
from simulation.population import Population
from simulation.trace import Trace, follow

if TYPE_CHECKING:
    import xarray

Progress = Callable[[int, int, str], None]


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
        Tidy: scenario, variant, group, indicator, label, unit, value, low, high, replicates, and
        decided: "undecided" where the sign of a mean effect on the street differs between the ends
        of what is known of the return there ("" where that does not apply). Over a posterior
        sd_parameter, sd_chance, sd_people, too; see `replicates.spread_of`.
    months : pandas.DataFrame
        Tidy: scenario, variant, replicate, month, indicator, unit, value (difference to the twin);
        over a posterior draw, too, as in `payers`.
    programmes : pandas.DataFrame
        What each programme claims beside what it did; see `replicates.programmes_of`.
    payers : pandas.DataFrame
        Who paid and received what, by programme, replicate and month; see `claims.money`.
    places : pandas.DataFrame
        What each scenario does place by place; see `places.places_of`.
    notes : pandas.DataFrame
        What was to be said: scenario, note, replicates (in how many).
    runs : pandas.DataFrame
        Every single run; see `ranks.tidy`.
    scenarios : tuple of Scenario
        What was compared, at the size at which it was.
    posterior : int
        Over how many draws of the parameters; 0 where there were none.
    """

    table: pd.DataFrame
    months: pd.DataFrame
    programmes: pd.DataFrame
    payers: pd.DataFrame
    places: pd.DataFrame
    notes: pd.DataFrame
    runs: pd.DataFrame
    scenarios: tuple[Scenario, ...]
    posterior: int = 0

    @property
    def ranks(self) -> pd.DataFrame:
        """How often each scenario comes first, second ...; see `ranks.ranks`."""
        return ranks(self.runs)

    @property
    def tradeoffs(self) -> pd.DataFrame:
        """What each scenario gains and gives, one row each; see `ranks.tradeoffs`."""
        return tradeoffs(self.table)

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
        from scenarios.drawing.charts import save_figures
        from scenarios.drawing.figure import caption_of, draw
        from scenarios.maps import draw as maps

        names = ("months", "programmes", "payers", "places", "runs", "ranks", "tradeoffs")
        tables = {"comparison": self.table, **{name: getattr(self, name) for name in names}}
        notes = self.notes.to_dict("records")
        paths = save_tables(Path(folder), tables, self.scenarios, notes)
        paths.append(self._write_excel(Path(folder) / "comparison.xlsx", tables))
        caption = caption_of(self.scenarios[0], ALL_THREE if self.posterior else CHANCE_ALONE)
        drawn: dict[str, Any] = {"comparison.png": (draw, "comparison", {"caption": caption})}
        for number, each in enumerate(self.scenarios, start=1):
            if maps.is_map(self.places, each.name, "net_lifted"):
                what = {"scenario": each.name, "indicator": "net_lifted", "area": each.area}
                what |= {"language": "en", "caption": maps.caption_of(each, "en")}
                drawn[f"places-{number}.png"] = maps.draw_places, "places", what
        return [*paths, *save_figures(Path(folder), drawn)]

    def to_xarray(self) -> "xarray.Dataset":
        """Return every run as a data set: one variable an indicator, over the other columns."""
        where = [each for each in self.runs.columns if each != "value"]
        return to_xarray(self.runs, where, units={each.name: each.unit for each in INDICATORS})

    def _write_excel(self, path: Path, tables: Mapping[str, pd.DataFrame]) -> Path:
        """Write what people read of the tables as a workbook; return its path."""
        first, names = self.scenarios[0], [each.name for each in self.scenarios]
        what = "Scenarios against the same world without them, and against their money as cash."
        again = f"berdaya compare {' '.join(names)}"
        about = about_of(what, first.seed, first.replicates, again)
        sheets = ("comparison", "tradeoffs", "ranks", "programmes", "payers")
        write_excel(path, {name: tables[name] for name in sheets}, about)
        return path


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
        trace = follow(model_of(scenario, setting, replicate, threads))
        parts.append(monthly(trace.sums, scenario).assign(replicate=replicate))
    progress(scenario.replicates, scenario.replicates, scenario.name)
    months = pd.concat(parts, ignore_index=True)
    last = months[months.month.isin(sorted(months.month.unique())[-12:])]
    rows = []
    for name, (unit, _, _) in AREA_MONTHLY.items():
        yearly = last[last.indicator == name].groupby("replicate").value.mean()
        rows.append({"indicator": name, "unit": unit, **mean_of(yearly.to_numpy())})
    columns = ["replicate", "month", "indicator", "unit", "value"]
    return Result(months[columns], pd.DataFrame(rows), scenario)


def compare(
    scenarios: Sequence[Scenario],
    threads: int = 1,
    progress: Progress = silent,
    posterior: int = 0,
    budget: float | None = None,
) -> Comparison:
    """Compare scenarios, each with its own twin and its cash benchmark.

    Scenarios that share people, world and draws share the pass of their twin.

    Parameters
    ----------
    scenarios : sequence of Scenario
        With two replicates at least where parameters are drawn.
    threads : int
        That share a month.
    progress : callable
        Told how many passes are done, how many there are, and what is done now.
    posterior : int
        Draws of the parameters that were fitted, spread evenly over `calibration.fit.posterior`;
        0 for the parameters as they are.
    budget : float
        Rupiah that each scenario is to spend: its seats are scaled first, see `budget.at_budget`.

    Raises
    ------
    TooFewPeople
        Where a programme has more seats than simulated people to enrol.
    ScenarioError
        Where a scenario cannot spend the budget.
    ValueError
        Where two scenarios have one name, or draws or replicates do not suffice.

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
    if posterior and min(scenario.replicates for scenario in scenarios) < 2:
        raise ValueError("parameters and chance cannot be told apart from one replicate")
    said: list[Any] = []
    if budget is not None:
        scenarios, said = at_budget(scenarios, budget, threads, progress, posterior)
    most = max(scenario.replicates for scenario in scenarios)
    todo = passes(posterior)
    total = len(todo) * sum(scenario.replicates for scenario in scenarios)
    done = 0
    kept = _Kept(posterior)
    for each, replicate in product(todo, range(most)):
        now = [each.of(scenario) for scenario in scenarios if replicate < scenario.replicates]
        traces = []
        for scenario in now:
            progress(done, total, scenario.name)
            traces.append(with_and_cash(scenario, replicate, threads))
            done += 1
        twins = twins_of(now, traces, replicate, threads)
        for scenario, variants, twin in zip(now, traces, twins, strict=True):
            population = setting_of(scenario, threads).population
            kept.note(scenario, population, each, replicate, variants, twin)
        del traces, twins
        ends = each.draw == posterior // 2 and each.people == 0
        concerned = [scenario for scenario in now if ends and enrols_street(scenario)]
        for end in (STREET_BASE.low, STREET_BASE.high) if concerned else ():
            progress(done, total, f"{STREET_BASE.name} {end:g}")
            for name, changes in street_effects(concerned, replicate, threads, end).items():
                kept.ends.append({"scenario": name, "end": end, **changes})
    progress(total, total, "")
    return kept.comparison(scenarios, said)


class _Kept:
    """What is kept of the runs of a comparison, replicate by replicate."""

    def __init__(self, posterior: int) -> None:
        self.posterior = posterior
        self.found: list[dict[str, Any]] = []
        self.months: list[pd.DataFrame] = []
        self.programmes: list[dict[str, Any]] = []
        self.payers: list[pd.DataFrame] = []
        self.places: list[pd.DataFrame] = []
        self.messages: dict[str, dict[int, list[str]]] = {}
        self.ends: list[dict[str, Any]] = []

    def note(
        self,
        scenario: Scenario,
        population: Population,
        each: Pass,
        replicate: int,
        variants: Mapping[str, Trace],
        twin: Trace,
    ) -> None:
        """Keep what one replicate of a scenario did against its twin."""
        run = variants[SCENARIO]
        where: dict[str, Any] = {"replicate": replicate}
        if self.posterior:
            where |= {"draw": each.draw, "people": each.people}
        for variant, trace in variants.items():
            place = {"scenario": scenario.name, "variant": variant, **where}
            self.found.append({**place, **effects(population, trace, twin)})
            if each.people == 0:
                months = monthly(trace.sums, scenario, twin.sums).assign(**place)
                self.months.append(months.drop(columns="people", errors="ignore"))
        places = by_place(population, run, twin, scenario.area)
        self.places.append(places.assign(scenario=scenario.name, **where))
        for programme in run.programmes:
            finance = programme.terms.finance
            what = {
                "scenario": scenario.name,
                "programme": programme.name,
                "kpi": programme.terms.kpi,
                "payer": finance.payer if finance else "",
                **where,
            }
            self.programmes.append({**what, **claims(population, run, twin, programme)})
        if each.people == 0:
            paid = money(scenario, replicate, run)
            self.payers.append(paid.assign(draw=each.draw) if self.posterior else paid)
            own = self.messages.setdefault(scenario.name, {})
            own.setdefault(replicate, []).extend(run.messages)

    def comparison(self, scenarios: Sequence[Scenario], said: list[Any]) -> "Comparison":
        """Return all of it over replicates, with what is to be said besides."""
        found = pd.DataFrame(self.found)
        decided, notes = decide(found, self.ends)
        notes = [*said, *notes]
        for scenario in scenarios:
            own = {"scenario": scenario.name, "replicates": scenario.replicates}
            if not scenario.is_forecast:
                notes.append({**own, "note": f"beyond {HORIZON} months: {BEYOND_HORIZON}"})
            if scenario.figures:
                note = f"people by figures of {scenario.figures.source}; {scenario.figures.told()}"
                notes.append({**own, "note": note})
            if self.posterior:
                note = f"at {self.posterior} draws of the fitted parameters; {SAMPLES} samples"
                if scenario.macro == "frozen":
                    note += "; the world stands still, so that nothing reads what is drawn"
                notes.append({**own, "note": note})
            notes += notes_of(scenario.name, list(self.messages[scenario.name].values()))
        return Comparison(
            table_of(found, decided),
            pd.concat(self.months, ignore_index=True),
            programmes_of(self.programmes),
            pd.concat(self.payers, ignore_index=True),
            places_of(self.places),
            pd.DataFrame(notes, columns=["scenario", "note", "replicates"]),
            tidy(found),
            tuple(scenarios),
            self.posterior,
        )


def save_tables(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    scenarios: Sequence[Scenario],
    notes: Sequence[Any] = (),
) -> list[Path]:
    """Write tables as Parquet and CSV with their provenance, each whole or not at all."""
    paths = [*write_tables(folder, tables), folder / "provenance.json"]
    document = json.dumps(provenance(scenarios, notes), indent=2, ensure_ascii=False)
    write_whole(paths[-1], lambda path: path.write_text(document + "\n", encoding="utf-8"))
    return paths
