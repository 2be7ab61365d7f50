"""What a brief says: sentences made from its figures, in the reader's language."""

from dataclasses import dataclass
from functools import cached_property

from scenarios.brief.doubt import MEASURE, Doubt, Sides, sides_of
from scenarios.brief.facts import (
    COMPARED,
    DOUBTED,
    FIXED,
    PLACED,
    VARIED,
    Fact,
    Facts,
    gather,
    name_of,
)
from scenarios.compare import Comparison
from scenarios.maps.boundaries import Boundaries
from scenarios.runs.play import BENCHMARK, SCENARIO
from scenarios.schema import Scenario
from scenarios.words.labels import Language, label, say
from scenarios.words.numerals import UNKNOWN, month

MOST_TOLD = 6
"""Inputs that turn the answer round and are named in a sentence."""


@dataclass(frozen=True)
class Brief:
    """All that a brief is told from.

    Attributes
    ----------
    comparison : Comparison
        What was compared.
    doubt : Doubt or None
        How sure its answer is; None where nothing costs anything.
    language : {'id', 'en'}
        Of the reader.
    budget : float or None
        Rupiah that each scenario spends, where they were scaled to that.
    again : str
        The command that makes it again.
    boundaries : Boundaries or None
        Official borders for its map; tiles where there are none.
    """

    comparison: Comparison
    doubt: Doubt | None
    language: Language
    budget: float | None
    again: str
    boundaries: Boundaries | None = None

    @cached_property
    def facts(self) -> Facts:
        """Every figure."""
        return gather(self.comparison, self.doubt, self.language, self.budget)

    @cached_property
    def sides(self) -> Sides | None:
        """What is set against each other."""
        return sides_of(self.comparison.table)

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """What was compared."""
        return self.comparison.scenarios

    @property
    def best(self) -> str:
        """Name of the scenario that lifts most for the money; the first where none costs any."""
        return self.sides.first[0] if self.sides else self.scenarios[0].name

    def called(self, scenario: str) -> str:
        """Return what a scenario is called."""
        known = {each.name: each for each in self.scenarios}
        return name_of(known[scenario], self.language)

    def quoted(self, scenario: str) -> str:
        """Return what a scenario is called, as it stands in a sentence."""
        return self.say("quoted", scenario=self.called(scenario))

    def of(self, name: str, scenario: str = "", variant: str = SCENARIO) -> Fact:
        """Return a figure of the comparison, of the best scenario unless told otherwise."""
        return self.facts.get(COMPARED, scenario or self.best, variant, name)

    @property
    def places(self) -> list[str]:
        """Places of which something may be known."""
        own = self.comparison.places
        return list(dict.fromkeys(own.place[own.scenario == self.best]))

    def at(self, place: str, name: str) -> Fact:
        """Return a figure of a place, of the best scenario."""
        return self.facts.get(PLACED, self.best, place, name)

    def fixed(self, name: str) -> str:
        """Return a figure that is the same for all, as it is shown."""
        return self.facts.get(FIXED, "", "", name).shown

    def doubted(self, name: str) -> Fact:
        """Return a figure of the doubt."""
        return self.facts.get(DOUBTED, "", "", name)

    def say(self, name: str, **fills: str | int) -> str:
        """Return one of the brief's messages, without the gaps that missing figures leave."""
        return " ".join(say(f"brief.{name}", self.language, **fills).replace(" ,", ",").split())


def listed(names: list[str], brief: Brief) -> str:
    """Return names as people list them."""
    if len(names) < 2:
        return "".join(names)
    return brief.say("and", first=", ".join(names[:-1]), last=names[-1])


def side_name(brief: Brief, side: tuple[str, str] | None) -> str:
    """Return what one side is called."""
    if side is None:
        return brief.say("nothing")
    return brief.say("cash") if side[1] == BENCHMARK else brief.quoted(side[0])


def where(brief: Brief) -> str:
    """Return the place, the time and the size of what was simulated."""
    areas = dict.fromkeys(each.area for each in brief.scenarios)
    places = [label(f"place.{area}", brief.language).text for area in areas]
    fills = {name: brief.fixed(name) for name in ("months", "replicates", "households")}
    if fills["households"] == UNKNOWN:
        fills["households"] = brief.say("all")
    start = month(brief.scenarios[0].start, brief.language)
    return brief.say("where", area=listed(places, brief), start=start, **fills)


def question(brief: Brief) -> list[str]:
    """Return the question, and at which size it is asked."""
    names = listed([brief.quoted(each.name) for each in brief.scenarios], brief)
    if len(brief.scenarios) > 1:
        asked = brief.say("question_several", names=names)
    elif brief.sides and brief.sides.second:
        asked = brief.say("question_one", scenario=names)
    else:
        asked = brief.say("question_none", names=names)
    if brief.budget is None:
        return [asked, brief.say("own_budget")]
    return [asked, brief.say("at_budget", budget=brief.fixed("budget"))]


def answer(brief: Brief) -> list[str]:
    """Return the answer in three sentences."""
    return [_for_the_money(brief), _in_all(brief), _how_sure(brief)]


def _for_the_money(brief: Brief) -> str:
    if brief.sides is None:
        return brief.say("answer_none", fewest=brief.fixed("fewest"))
    own = brief.of(MEASURE)
    fills = {"best": brief.quoted(brief.best), "value": own.shown, "interval": own.interval}
    fills["money"] = brief.fixed("money")
    second = brief.sides.second
    if second is None:
        return brief.say("answer_alone", **fills)
    other = brief.of(MEASURE, *second)
    fills |= {"other": other.shown, "other_interval": other.interval}
    if second[1] == BENCHMARK:
        return brief.say("answer_cash", **fills)
    return brief.say("answer_several", second=brief.quoted(second[0]), **fills)


def _in_all(brief: Brief) -> str:
    if not brief.of("participants").known:
        return brief.say("answer_people_none", net=brief.of("area_net_lifted").shown)
    net = brief.of("net_lifted")
    fills = {name: brief.of(name).shown for name in ("participants", "losers", "cost")}
    fills |= {"net": net.shown, "interval": net.interval, "public": brief.of("public_cost").shown}
    fills["cash"] = brief.of("net_lifted", variant=BENCHMARK).shown
    return brief.say("answer_people", best=brief.quoted(brief.best), **fills)


def _how_sure(brief: Brief) -> str:
    if brief.doubt is None:
        return brief.say("answer_untested")
    difference = brief.doubted("difference")
    fills = {"turning": brief.doubted("turning").shown, "varied": brief.doubted("varied").shown}
    if brief.doubt.flips.empty:
        fills["turning"] = brief.say("none")
    fills |= {"value": difference.shown, "interval": difference.interval}
    fills |= {"money": brief.fixed("money"), "share": brief.doubted("unsourced").shown}
    leader = side_name(brief, brief.doubt.sides[int(brief.doubt.middle["value"] < 0.0)])
    return brief.say(
        "answer_clear" if brief.doubt.clear else "answer_chance", leader=leader, **fills
    )


def cards(brief: Brief) -> list[tuple[str, str]]:
    """Return the four figures to read before deciding, each with what it is."""
    best = brief.quoted(brief.best)
    cash = brief.of(MEASURE, variant=BENCHMARK)
    varied = brief.doubted("varied").shown
    return [
        (brief.of("losers").shown, brief.say("card_losers", best=best)),
        (cash.shown, brief.say("card_cash", money=brief.fixed("money"))),
        (brief.doubted("unsourced").shown, brief.say("card_unsourced")),
        (brief.doubted("turning").shown, brief.say("card_flips", varied=varied)),
    ]


def doubts(brief: Brief) -> list[str]:
    """Return how the answer was tested, what share has no source, and what turns it round."""
    if brief.doubt is None:
        return [brief.say("doubt_none")]
    money, middle = brief.fixed("money"), brief.doubted("difference")
    first, second = (side_name(brief, each) for each in brief.doubt.sides)
    if brief.doubt.middle["value"] < 0.0:
        first, second = second, first
    fills = {"first": first, "second": second, "value": middle.shown, "interval": middle.interval}
    counts = {
        name: brief.doubted(name).shown
        for name in ("varied", "others", "others_unsourced", "replicates")
    }
    share = brief.doubted("unsourced").shown
    moving = {
        "unsourced": brief.doubted("unsourced_moving").shown,
        "moving": brief.doubted("moving").shown,
    }
    return [
        brief.say("doubt_what", money=money, **fills),
        brief.say("doubt_how", **counts),
        brief.say("doubt_share", share=share, **moving),
        flips(brief, brief.doubt),
    ]


def flips(brief: Brief, doubt: Doubt) -> str:
    """Return which inputs turn the answer round at an end of their range."""
    if doubt.flips.empty:
        return brief.say("flips_none")
    told = []
    for row in doubt.flips.head(MOST_TOLD).itertuples(index=False):
        name, end = str(row.parameter), "low" if row.flips == "both" else str(row.flips)
        shown = {key: brief.facts.get(VARIED, name, "", key).shown for key in ("default", end)}
        what = label(f"parameter.{name}", brief.language).text
        told.append(brief.say("flips_input", input=what, end=shown[end], usual=shown["default"]))
    text = "; ".join(told)
    if len(doubt.flips) > len(told):
        text = brief.say("flips_more", list=text)
    return brief.say("flips_some", list=text)


def box(brief: Brief) -> list[str]:
    """Return what every reader is to know besides the figures."""
    best = brief.quoted(brief.best)
    losers = {
        "losers": brief.of("losers").shown,
        "others": brief.of("others_losers").shown,
        "touched": brief.fixed("touched"),
    }
    cash = brief.of("net_lifted", variant=BENCHMARK).shown
    said = [
        brief.say("box_simulated"),
        brief.say("box_not_modelled"),
        brief.say("box_losers", best=best, **losers),
        brief.say("box_cash", best=best, cash=cash, net=brief.of("net_lifted").shown),
        *_box_of_doubt(brief),
        brief.say("box_small", fewest=brief.fixed("fewest")),
    ]
    if not all(each.is_forecast for each in brief.scenarios):
        said.append(brief.say("box_horizon", horizon=brief.fixed("horizon")))
    return said


def _box_of_doubt(brief: Brief) -> list[str]:
    """Return what share of the answer has no source, and what would flip the decision."""
    if brief.doubt is None:
        return [brief.say("answer_untested")]
    shown = {name: brief.doubted(name).shown for name in ("unsourced", "others_unsourced")}
    counts = {name: brief.doubted(name).shown for name in ("turning", "varied")}
    return [
        brief.say("box_unsourced", share=shown["unsourced"], others=shown["others_unsourced"]),
        brief.say("box_flips", **counts),
    ]
