"""Figures of one's own that a scenario's people are made from, in place of those of BPS."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import Field

from simulation.programmes.terms import Rupiah, Terms

if TYPE_CHECKING:
    from calibration.cells import PartFigures

NEAR = {"p0": 0.1, "p1": 0.05, "gini": 0.005, "spending": 0.02}
"""How far people may be from the figures: points, shares of P1 and spending, Gini."""
APART = 2.0
"""Times the persons that BPS implies: further apart a unit or a part has been forgotten."""
ROUNDING = 1.05  # figures of two decimals may miss an inequality by so much


class Part(Terms):
    """The urban or rural part of the area, by the urban or rural poverty line of its province."""

    persons: float = Field(ge=500, le=60_000_000, description="persons who live there")
    p0: float = Field(ge=0.5, le=80, description="headcount (P0), percent of persons")
    p1: float = Field(ge=0.02, le=50, description="poverty gap (P1), percent")
    gini: float = Field(ge=0.1, le=0.7, description="Gini coefficient of spending a head, 0 to 1")
    p2: float | None = Field(
        None, ge=0, le=40, description="poverty severity (P2), percent; compared, not fitted"
    )
    spending: Rupiah | None = Field(
        None, description="mean spending, rupiah a head and month; left out it follows the rest"
    )


class Figures(Terms):
    """What a province or district is like by somebody else than BPS, in March 2023.

    Examples
    --------
    >>> town = Part(persons=61_000, p0=8.4, p1=1.3, gini=0.31)
    >>> print(Figures(source="Bappeda", urban=town).told())
    urban: 61,000 persons, P0 8.4%, P1 1.3%, Gini 0.31
    """

    source: str = Field(
        min_length=1,
        max_length=200,
        pattern=r"^\S(.*\S)?$",
        description="where the figures come from, on one line",
    )
    urban: Part | None = Field(None, description="the towns of the area; left out: it has none")
    rural: Part | None = Field(None, description="the villages; left out: it has none")

    @property
    def parts(self) -> "tuple[PartFigures, ...]":
        """Return what people are made from: urban, then rural."""
        from calibration.cells import PartFigures

        given = {True: self.urban, False: self.rural}
        return tuple(
            PartFigures(urban=urban, **part.model_dump()) for urban, part in given.items() if part
        )

    def told(self) -> str:
        """Return the figures in one line, as notes beside results tell them."""
        says = []
        for name, part in (("urban", self.urban), ("rural", self.rural)):
            if part is not None:
                shares = f"P0 {part.p0:g}%, P1 {part.p1:g}%, Gini {part.gini:g}"
                says.append(f"{name}: {part.persons:,.0f} persons, {shares}")
        return "; ".join(says)


def contradictions(
    figures: Figures, area: str, country: str
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Find where figures cannot be those of this area, or of any.

    Yields
    ------
    tuple
        The place in the figures, what is wrong there, and what is allowed.
    """
    from calibration.cells import LEAST_PERSONS, lines, places

    if area == country:
        problem = f"figures of one's own are those of one area, not of {country}"
        yield (), problem, "with area: a province or district as BPS writes it"
        return
    known = lines(area)
    inside = places(area)
    found = list(_within(figures))
    for name, urban in (("urban", True), ("rural", False)):
        part = getattr(figures, name)
        living = inside[inside.urban == urban]
        there = float((living.poor + living.other).sum()) >= LEAST_PERSONS
        if part is not None and urban not in known:
            found.append(((name,), f"BPS has no {name} poverty line here", "nothing"))
        elif part is None and there and len(living) > 1:
            found.append(((), f"{name} is missing: {area} has {name} people", f"{name} figures"))
    total = sum(part.persons for part in figures.parts)
    usual = float((inside.poor + inside.other).sum())
    if not usual / APART <= total <= usual * APART:
        problem = f"{total:,.0f} persons are not those of {area}, which has about {usual:,.0f}"
        span = f"urban and rural persons together from {usual / APART:,.0f} to {usual * APART:,.0f}"
        found.append(((), problem, span))
    yield from found or _unreached(figures, known)


def _within(figures: Figures) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Find figures of one part that no people can have together."""
    for name in ("urban", "rural"):
        part = getattr(figures, name)
        if part is None:
            continue
        if part.p1 >= part.p0:
            problem = f"a gap of {part.p1:g}% is not below the headcount, {part.p0:g}%"
            yield (name, "p1"), problem, f"a number below {part.p0:g}"
        elif part.p2 is not None and not (
            part.p1**2 / part.p0 / ROUNDING <= part.p2 <= part.p1 * ROUNDING
        ):
            span = f"a number from {part.p1**2 / part.p0:.3g} to {part.p1:g}"
            yield (name, "p2"), f"{part.p2:g}% does not go with p0 and p1", span


def _unreached(
    figures: Figures, known: dict[bool, float]
) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Find parts whose figures no distribution of spending has; tell how near one comes."""
    from calibration.cells import spending_of

    for part in figures.parts:
        line = known[part.urban]
        nearest = spending_of(part, line)
        p0, p1, _ = nearest.poverty()
        mean, gini = nearest.mean_and_gini()
        apart = {
            "p0": abs(100.0 * p0 - part.p0),
            "p1": abs(100.0 * p1 / part.p1 - 1.0),
            "gini": abs(gini - part.gini),
            "spending": abs(mean * line / part.spending - 1.0) if part.spending else 0.0,
        }
        if any(apart[name] > NEAR[name] for name in NEAR):
            reached = f"p0 {100.0 * p0:.2f}, p1 {100.0 * p1:.2f}, gini {gini:.3f}"
            if part.spending:
                reached += f", spending {mean * line:,.0f}"
            problem = (
                f"no spending of people is found with these figures; the nearest has {reached}"
            )
            yield ("urban" if part.urban else "rural",), problem, "figures that go together"
