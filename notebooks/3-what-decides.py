# %% [markdown]
# # What decides the result
#
# **Ringkasan.** Banyak masukan model tidak pernah diukur; nilainya adalah asumsi dengan rentang.
# Buku ini menunjukkan masukan mana yang menentukan hasil, berapa bagian hasil yang bertumpu pada
# asumsi tanpa sumber, dan masukan mana yang akan membalik keputusan. Hal-hal itulah yang layak
# diukur lebih dahulu di lapangan. Semua angka adalah hasil simulasi dan dihitung saat buku ini
# dijalankan.
#
# Many inputs of the model have never been measured; they are assumptions with a range. This
# notebook asks which of them decide, what share of the result rests on what no source supports, and
# what would flip the decision. All figures are simulated, and all sentences that hold figures are
# made by the cells. For Bahasa Indonesia write `"id"` instead of `"en"` in the first cell and run
# everything again.

# %% jupyter={"source_hidden": true}
from tempfile import TemporaryDirectory

from scenarios import reading, sensitivity, telling
from scenarios.brief.doubt import doubt
from scenarios.compare import compare
from scenarios.design import Design, Factor
from scenarios.drawing.influence_pictures import draw_influence, draw_tornado
from scenarios.files import read
from scenarios.studies.influence import NOTHING
from scenarios.words.labels import say
from scenarios.words.numerals import number, percent
from simulation.parameters import TABLE
from simulation.store import Store

LANGUAGE = "en"

# %% [markdown]
# ## Would another input turn the answer round?
#
# The question is whether a pilot of the Sedaya package lifts more people out of poverty than the
# same money as cash. Every input that programmes and the outside world read is put to the ends of
# its range, one at a time, with the same people and the same luck.

# %% jupyter={"source_hidden": true}
pilot = read("sedaya-pilot", ["households=3000", "months=24", "replicates=3"])
found = compare([pilot])
told = telling.Reading(found.table, LANGUAGE)
with TemporaryDirectory() as folder:
    unsure = doubt(found, Store(folder))
answer = telling.told(**unsure.middle, unit="persons", language=LANGUAGE)
reading.finding(
    f"decides.answer.{telling.sign(unsure.middle['low'], unsure.middle['high'])}",
    LANGUAGE,
    scenario=telling.label_of(pilot.name, LANGUAGE),
    difference=answer,
)
heads = [
    say(f"notebooks.decides.{each}", LANGUAGE)
    for each in ("input", "range", "at_low", "at_high", "source")
]
rows = [
    [
        telling.label_of(row.parameter, LANGUAGE),
        f"{telling.short(row.low, LANGUAGE)} – {telling.short(row.high, LANGUAGE)}",  # noqa: RUF001
        number(row.at_low, 2, LANGUAGE),
        number(row.at_high, 2, LANGUAGE),
        say(f"notebooks.decides.{'assumption' if row.unsourced else 'sourced'}", LANGUAGE),
    ]
    for row in unsure.swings.head(12).itertuples()
]
reading.text(telling.markdown_table(heads, rows))
unsourced = say(
    "notebooks.decides.unsourced",
    LANGUAGE,
    share=percent(unsure.unsourced, 0, LANGUAGE),
    unsourced=int(unsure.swings.unsourced.sum()),
    moving=len(unsure.swings),
)
reading.text(unsourced)
turning = [telling.label_of(name, LANGUAGE) for name in unsure.flips.parameter]
varied = len(unsure.swings) + len(unsure.still)
flips = (
    say(
        "notebooks.decides.flips.some",
        LANGUAGE,
        count=len(turning),
        varied=varied,
        list=telling.listed(turning[:5], LANGUAGE),
    )
    if turning
    else say("notebooks.decides.flips.none", LANGUAGE, varied=varied)
)
if not unsure.clear:
    flips = f"{flips} {say('notebooks.decides.flips.chance', LANGUAGE)}"
reading.text(flips)

# %% [markdown]
# ## Several inputs at once
#
# One at a time misses what two inputs do together. Here four of them move through their ranges at
# once (Sobol), and the variance of each result is shared out among them. Grey bars cannot be told
# from luck; the dashed line is what an input that changes nothing would read.

# %% jupyter={"source_hidden": true}
four = ["attendance", "score_base", "risky_gain", "missed"]
outcomes = ["consumption_change", "net_lifted", "irr"]
design = Design(
    name="four-inputs",
    scenarios=["sedaya-pilot"],
    set={"households": 2000, "months": 24, "programmes.sedaya.starts": 0},
    vary=[Factor(path=f"parameters.{name}") for name in four],
    sensitivity={"method": "sobol", "indicators": outcomes, "points": 64},
    replicates=2,
)
with TemporaryDirectory() as folder:
    decides = sensitivity.study(design, Store(folder))
name = "sedaya-pilot"
small = read(name, ["households=2000", "months=24", "replicates=2"])
said = reading.caption(small, LANGUAGE, "points")
tables = decides.tables
for outcome in outcomes:
    reading.show(draw_influence(tables["indices"], name, outcome, said), LANGUAGE)
    own = tables["indices"][(tables["indices"].indicator == outcome)].copy()
    own = own[(own.measure == "ST") & (own.parameter != NOTHING)]
    sure = own[own.influential].sort_values("value", ascending=False, kind="stable")
    outcome_label = telling.indicator(outcome, LANGUAGE)
    if sure.empty:
        reading.finding("decides.first.none", LANGUAGE, outcome=outcome_label, all=len(four))
    else:
        top = sure.iloc[0]
        share = [min(100.0, 100.0 * float(top[end])) for end in ("value", "low", "high")]
        reading.finding(
            "decides.first.some",
            LANGUAGE,
            outcome=outcome_label,
            parameter=telling.label_of(top.parameter, LANGUAGE),
            share=telling.told(*share, "percent", LANGUAGE),
            count=len(sure),
            all=len(four),
        )

# %% [markdown]
# ## Which way they move it
#
# The same runs: the mean result where an input is in the lowest fifth of its range, and where it is
# in the highest.

# %% jupyter={"source_hidden": true}
for outcome in ("consumption_change", "irr"):
    reading.show(draw_tornado(tables["swings"], name, outcome, said), LANGUAGE)
    own = tables["swings"][tables["swings"].indicator == outcome]
    ends = own.pivot(index="parameter", columns="end", values="value").drop(index=NOTHING)
    widest = (ends["high"] - ends["low"]).abs().idxmax()
    unit = str(own.unit.iloc[0])
    at = own[own.parameter == widest].set_index("end")
    reading.finding(
        "decides.swing",
        LANGUAGE,
        outcome=telling.indicator(outcome, LANGUAGE),
        parameter=telling.label_of(widest, LANGUAGE),
        **{
            end: telling.told(*at.loc[end, ["value", "low", "high"]], unit, LANGUAGE)
            for end in ("low", "high")
        },
    )
bare = [each for each in four if TABLE[each].source.startswith("assumption")]
reading.finding(
    "decides.four",
    LANGUAGE,
    unsourced=len(bare),
    list=telling.listed([telling.label_of(each, LANGUAGE) for each in bare], LANGUAGE),
)

# %% [markdown]
# The studies that come with Berdaya ask the same of more inputs: `berdaya sensitivity screening`
# and `berdaya sensitivity what-decides-full`.

# %% [markdown]
# ## Before you use this

# %% jupyter={"source_hidden": true}
reading.box(
    LANGUAGE,
    losers=told.losers(pilot.name),
    cash=told.cash(pilot.name),
    unsourced=unsourced,
    flips=flips,
)
