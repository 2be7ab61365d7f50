"""The page as one file: its parts put together, with its words and data, and a policy for it.

Nothing that the page shows comes from elsewhere: the policy lets a browser load nothing more.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

from scenarios.results.provenance import checksum, version
from scenarios.runs.effects import RATIOS
from scenarios.words.labels import LANGUAGES, Label, Language, table
from scenarios.workshop import cells, sides
from scenarios.workshop.choices import Offer
from simulation.parameters import TABLE

FOLDER = Path(__file__).parent / "page"
FIRST_MONTH = "2023-04"
"""The month after the survey that people are made from: month 0 of every path."""
UNSOURCED = "assumption"
"""How the source of a parameter begins that rests on no source."""
_LINK = re.compile(r'<link rel="stylesheet" href="([\w-]+\.css)">')
_SCRIPT = re.compile(r'<script src="([\w-]+\.js)"></script>')
_DATA = '<script id="data" type="application/json">null</script>'
_HEAD = '<meta charset="utf-8">'
MORE = (
    "women",
    "completed",
    "financed",
    "lifted_out",
    "net_lifted",
    "winners",
    "consumption_change",
    "profit_change",
    "profit_change_percent",
    "survival_change",
    "finance_change",
    "house_change",
    "others_net_lifted",
    "others_profit_change",
    "others_profit_change_percent",
    "area_net_lifted",
    "net_per_budget",
    "net_per_public",
    "irr",
    "irr_real",
    "recycled",
    "fund_sustains",
    "score_auc",
)
LESS = (
    "pushed_in",
    "losers",
    "headcount_change",
    "gap_change",
    "debt_change",
    "care_change",
    "street_change",
    "street_change_24",
    "others_losers",
    "others_closures_change",
    "area_headcount_change",
    "net_cost",
    "public_cost",
    "public_cost_each",
    "loss",
    "wrongly_refused",
)
"""Indicators of which more is better, and less; of the others neither."""
WORDS = (
    "page",
    "indicator",
    "group",
    "unit",
    "people",
    "shock",
    "archetype",
    "selection",
    "instrument",
    "lever",
    "event",
    "life",
    "who",
    "sector",
    "not_modelled",
    "parameter",
)
"""Groups of labels that the page has in full; of places it has those that are offered."""


class Page(NamedTuple):
    """A page and what a browser may do with it.

    Attributes
    ----------
    html, policy : str
        The whole file; its content security policy, which stands in it, too.
    """

    html: str
    policy: str


def assemble(data: Mapping[str, Any]) -> Page:
    """Return the page with its data, as one file that needs no other.

    Parameters
    ----------
    data : mapping
        What the page is to know; see `data_of`.

    Raises
    ------
    ValueError
        Where the parts of the page do not fit together.

    Examples
    --------
    >>> page = assemble({"mode": "kit", "note": "</script>"})
    >>> "connect-src 'none'" in page.policy, 'note":"</script>' in page.html
    (True, False)
    """
    hashes: dict[str, list[str]] = {"style": [], "script": []}

    def inlined(kind: str) -> Any:  # noqa: ANN401
        def text_of(found: re.Match[str]) -> str:
            text = (FOLDER / found[1]).read_text(encoding="utf-8")
            if f"</{kind}" in text.casefold() or "<!--" in text:
                raise ValueError(f"{found[1]} holds what would end it in a page")
            digest = hashlib.sha256(text.encode()).digest()
            hashes[kind].append(f"'sha256-{base64.b64encode(digest).decode()}'")
            return f"<{kind}>{text}</{kind}>"

        return text_of

    html = (FOLDER / "index.html").read_text(encoding="utf-8")
    if html.count(_DATA) != 1 or html.count(_HEAD) != 1:
        raise ValueError(f"index.html must have once: {_HEAD}, and {_DATA}")
    html = _SCRIPT.sub(inlined("script"), _LINK.sub(inlined("style"), html))
    none = ["'none'"]
    allowed = {
        "default-src": none,
        "script-src": hashes["script"] or none,
        "style-src": hashes["style"] or none,
        "img-src": ["data:"],
        "connect-src": ["'self'"] if data["mode"] == "live" else none,
        "base-uri": none,
        "form-action": none,
    }
    policy = "; ".join(" ".join([name, *sources]) for name, sources in allowed.items())
    meta = f'{_HEAD}\n  <meta http-equiv="Content-Security-Policy" content="{policy}">'
    html = html.replace(_HEAD, meta)
    # Within a script no text may end it, or begin a comment.
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Page(html.replace(_DATA, _DATA.replace("null", text.replace("<", "\\u003c"))), policy)


def data_of(
    mode: Literal["live", "kit"],
    language: Language,
    offered: Offer,
    command: str,
    replicates: int,
    **more: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """Return what a page is to know.

    Parameters
    ----------
    mode : {'live', 'kit'}
        Whether rows come from the model or stand in the page.
    language : {'id', 'en'}
        In which it opens.
    offered : Offer
        What may be chosen.
    command : str
        That makes the page again.
    replicates : int
        Of each side, at most.
    **more
        What only a kit has.
    """
    scenario = sides.base()
    return {
        "mode": mode,
        "version": version(),
        "language": language,
        "words": {each: words(each, offered) for each in LANGUAGES},
        "indicators": [
            {
                "name": each.name,
                "group": each.group,
                "unit": each.unit,
                "better": {each.name in MORE: "more", each.name in LESS: "less"}.get(True),
                **({"ratio": RATIOS[each.name]} if each.name in RATIOS else {}),
            }
            for each in cells.ON_PAGE
        ],
        "choices": offered.document(),
        "about": {
            "command": command,
            "seed": scenario.seed,
            "households": scenario.households,
            "months": scenario.months,
            "first_month": FIRST_MONTH,
            "replicates": replicates,
            "versions": {"berdaya": version(), "figures": checksum()},
        },
        "unsourced": {
            "without": sum(row.source.startswith(UNSOURCED) for row in TABLE.values()),
            "all": len(TABLE),
        },
        "not_modelled": sorted(name for name in table() if name.startswith("not_modelled.")),
        **more,
    }


def words(language: Language, offered: Offer) -> dict[str, Any]:
    """Return the words that the page needs in one language: a text, or a text with its unit.

    Examples
    --------
    >>> from scenarios.workshop.choices import offer
    >>> words("en", offer())["unit.persons"]
    'persons'
    """
    places = {f"place.{place}" for place in offered.places}
    return {
        name: _plain(labels[language])
        for name, labels in table().items()
        if name.partition(".")[0] in WORDS or name in places
    }


def _plain(label: Label) -> str | dict[str, str]:
    if not (label.unit or label.explains):
        return label.text
    return {"text": label.text, "unit": label.unit, "explains": label.explains}
