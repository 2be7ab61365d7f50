"""Scenarios at equal budgets: seats, not what a seat holds, are scaled to what may be spent."""

import math
from collections.abc import Callable, Generator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from scenarios.grammar.mistakes import Mistake, ScenarioError
from scenarios.runs.play import model_of, passes
from scenarios.runs.prepare import setting_of
from scenarios.schema import Scenario
from scenarios.studies import sizes
from scenarios.studies.sizes import enough_households, scaled, size_of
from simulation.agents.provider import TooFewPeople
from simulation.rupiah import format_rupiah

TOLERANCE = 0.01
"""Part of a budget by which what is spent may differ from it."""
IDLE = 0.05
"""Part of what seats cost before, below which further ones count as not filled."""


class Fitted(NamedTuple):
    """A scenario at the size that spends a budget, and its spending (rupiah, mean over runs)."""

    scenario: Scenario
    spent: float


Search = Generator[Scenario, float, Fitted]
"""Gives sizes to try, takes what each spends (rupiah; not a number where people are too few)."""


def search(scenario: Scenario, budget: float) -> Search:
    """Look for the size that spends a budget within `TOLERANCE`, or as near as whole seats come.

    It begins with what a seat costs at most by its terms; then what is spent is taken as linear
    between the nearest sizes that were tried.

    Parameters
    ----------
    scenario : Scenario
        With seats that cost something.
    budget : float
        Rupiah, above 0.

    Raises
    ------
    ScenarioError
        Where the budget does not pay for a seat, or too few people are simulated for its seats.
    """
    most = sizes.MOST_SEATS * size_of(scenario) // max(each.seats for each in scenario.programmes)
    size = min(max(1, int(budget / sizes.most_spent(scenario) * size_of(scenario))), most)
    spent, scarce = {0: 0.0}, most + 1
    while True:
        cost = yield scaled(scenario, size)
        if math.isfinite(cost):
            spent[size] = cost
        else:
            scarce = size
        near = min(spent, key=lambda each: abs(spent[each] - budget))
        if abs(spent[near] - budget) <= TOLERANCE * budget:
            break
        below = max(each for each in spent if spent[each] <= budget)
        above = min([scarce, *(each for each in spent if each > below)])
        if above == scarce:
            _check_people(scenario, budget, spent, scarce, most)
        if above == below + 1:
            break
        size = _between(spent, budget, below, above)
    if near == 0:
        seat = format_rupiah(min(cost for size, cost in spent.items() if size))
        raise _refusal(scenario, budget, "does not pay for one seat", f"{seat} or more")
    return Fitted(scaled(scenario, near), spent[near])


def _between(spent: Mapping[int, float], budget: float, below: int, above: int) -> int:
    """Return the size to try next between two that were tried."""
    if above in spent:
        part = (budget - spent[below]) / (spent[above] - spent[below])
        guess, margin = below + part * (above - below), 0.1 * (above - below)
    elif spent[below] > 0.0:
        guess, margin = below * budget / spent[below], 1.0
    else:
        guess, margin = min(0.5 * (below + above), 2.0 * below or math.inf), 1.0
    margin = max(1.0, margin)  # so that the two come nearer to each other each time
    return round(min(max(guess, below + margin), above - margin))


def _check_people(
    scenario: Scenario, budget: float, spent: Mapping[int, float], scarce: int, most: int
) -> None:
    """Refuse a budget that no size spends, as far as is known.

    Parameters
    ----------
    spent : mapping
        By size; too little each.
    scarce, most : int
        The least size known for which people are too few; the largest that there can be.
    """
    last, largest = sorted([0, *spent])[-2:]
    seat = sizes.most_spent(scenario) / size_of(scenario)
    seat = min(seat, spent[last] / last) if last else 0.0
    if spent[largest] - spent[last] < IDLE * seat * (largest - last):
        less = f"{format_rupiah(spent[largest])} or less"
        raise _refusal(scenario, budget, "finds too few people who apply to be spent on", less)
    needed = largest * budget / spent[largest] if spent[largest] else scarce
    if scarce == 1 or (largest and needed >= scarce):
        wanted = scaled(scenario, min(math.ceil(needed), most))
        problem = f"pays for some {sizes.seats_of(wanted)} seats, for which too few of the "
        problem += f"{scenario.households} simulated households apply"
        more = f"{enough_households(wanted)} households, or a smaller budget"
        raise _refusal(scenario, budget, problem, more)


def _refusal(scenario: Scenario, budget: float, problem: str, allowed: str) -> ScenarioError:
    problem = f"the budget of {format_rupiah(budget)} {problem}"
    return ScenarioError([Mistake(scenario.name, None, "", problem, allowed)])


def fitted(
    searches: Sequence[Search], costs: Callable[[Sequence[Scenario]], Sequence[float]]
) -> list[Fitted]:
    """Return what searches find, all of them side by side.

    Parameters
    ----------
    searches : sequence of Search
        Fresh ones.
    costs : callable
        Gives what each of several scenarios spends.
    """
    found: dict[int, Fitted] = {}
    trials = {place: next(each) for place, each in enumerate(searches)}
    while trials:
        for place, cost in zip(list(trials), costs(list(trials.values())), strict=True):
            try:
                trials[place] = searches[place].send(cost)
            except StopIteration as done:
                found[place] = done.value
                del trials[place]
    return [found[place] for place in range(len(searches))]


def at_budget(
    scenarios: Sequence[Scenario],
    budget: float,
    threads: int = 1,
    progress: Callable[[int, int, str], None] = lambda done, total, what: None,
    posterior: int = 0,
) -> tuple[list[Scenario], list[dict[str, object]]]:
    """Return scenarios at the size at which each spends a budget, and what is to be said of it.

    What is spent is what all payers put in, money for enterprises in full, as a mean over the
    replicates (and draws of the posterior) that a comparison has. Scenarios that cost nothing stay
    as they are.

    Parameters
    ----------
    scenarios : sequence of Scenario
        At any size.
    budget : float
        Rupiah, above 0.
    threads, progress, posterior
        As in `compare.compare`.

    Raises
    ------
    ScenarioError
        Where the budget does not pay for a seat, or too few people are simulated for its seats.

    Examples
    --------
    >>> from scenarios.files import read
    >>> small = ["months=12", "households=2000", "replicates=1"]
    >>> (ours,), (note,) = at_budget([read("training-only", small)], 2.25e8)
    >>> ours.programmes[0].seats, note["note"].partition(";")[0]
    (20, 'spends Rp 225.000.000 of Rp 225.000.000 (+0.0%)')
    """
    lived = [each for each in passes(posterior) if each.people == 0]

    def cost(scenario: Scenario) -> float:
        spent: list[float] = []
        for each in lived:
            own = each.of(scenario)
            for replicate in range(scenario.replicates):
                progress(len(spent), len(lived) * scenario.replicates, f"{own.name}, size")
                model = model_of(own, setting_of(own, threads), replicate, threads)
                try:
                    model.run()
                except TooFewPeople:
                    return math.nan
                spent.append(sum(provider.cost for provider in model.providers))
        return float(np.mean(spent))

    costly = [each for each in scenarios if sizes.most_spent(each) > 0.0]
    searches = [search(each, budget) for each in costly]
    found = {
        each.scenario.name: each
        for each in fitted(searches, lambda trials: list(map(cost, trials)))
    }
    notes = [_note(each, found[each.name], budget) for each in costly]
    return [found[s.name].scenario if s.name in found else s for s in scenarios], notes


def _note(before: Scenario, after: Fitted, budget: float) -> dict[str, object]:
    """Return what a scenario spends, and at which seats."""
    over = 100.0 * (after.spent / budget - 1.0)
    note = f"spends {format_rupiah(after.spent)} of {format_rupiah(budget)} ({over:+.1f}%)"
    if abs(after.spent - budget) > TOLERANCE * budget:
        note += ", as near as whole seats come"
    for old, new in zip(before.programmes, after.scenario.programmes, strict=True):
        note += f"; {new.name} has {new.seats} seats an intake, not {old.seats}"
        if with_them := [path.rpartition(".")[2] for path in sizes.capacities(new)]:
            note += f", and {' and '.join(with_them)} to match"
    return {"scenario": before.name, "note": note, "replicates": before.replicates}
