"""The command that makes a scenario's own figures of an extract of households."""

from argparse import Namespace
from typing import Any

from scenarios.command.asked import asked_for
from scenarios.grammar.mistakes import Mistake, ScenarioError
from scenarios.results import output


def show_figures(args: Namespace) -> int:
    """Show the figures of an extract of households, as a scenario file says them."""
    (scenario,) = asked_for(args)
    figures = checked(args.extract, scenario.area)
    rows = [
        {"part": part, **figures[part]} for part in ("urban", "rural") if figures[part] is not None
    ]
    document = {"area": scenario.area, "figures": figures}
    output.show(args.format, document, rows, as_block(scenario.area, figures))
    return 0


def checked(extract: str, area: str) -> dict[str, Any]:
    """Return the figures of an extract, as far as a scenario of this area may say them.

    Raises
    ------
    ScenarioError
        Where the extract cannot be used, or its figures are not those of such an area.
    """
    from pydantic import ValidationError

    from calibration.extract import ExtractError, figures_of
    from scenarios.grammar.design_text import noded
    from scenarios.grammar.explain import explain
    from scenarios.schema import Scenario

    shown = extract if extract.isprintable() else ascii(extract)
    try:
        tree = {"name": "figures", "area": area, "figures": figures_of(extract, area)}
        figures = Scenario.model_validate(tree).figures
    except ExtractError as error:
        slips = [Mistake(shown, *slip) for slip in error.slips]
        raise ScenarioError(slips) from None
    except ValidationError as error:
        raise ScenarioError(explain(error, noded(tree, shown), whole=True)) from None
    except OSError as error:
        problem = f"cannot be read: {error.strerror or 'it is not a file of such a kind'}"
        raise ScenarioError([Mistake(shown, None, "", problem)]) from None
    assert figures is not None
    return figures.model_dump(mode="json")


def as_block(area: str, figures: dict[str, Any]) -> str:
    """Return figures as lines of a scenario file."""
    from simulation.rupiah import format_rupiah

    text = f"area: {area}\nfigures:\n  source: {figures['source']}\n"
    for name in ("urban", "rural"):
        if part := figures[name]:
            said = {**part, "persons": round(part["persons"])}
            said["spending"] = format_rupiah(part["spending"])
            terms = ", ".join(f"{term}: {value}" for term, value in said.items())
            text += f"  {name}: {{{terms}}}\n"
    return text
