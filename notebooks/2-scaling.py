# %% [markdown]
# # Scaling: the same money, and more of it
#
# **Ringkasan.** Buku ini menjawab dua pertanyaan perencana. Pertama: dengan anggaran yang sama
# persis, program mana yang mengangkat paling banyak orang dari kemiskinan, dan menurut ukuran apa?
# Kedua: apa yang terjadi pada hasil tiap seratus juta rupiah bila sebuah program diperbesar dari
# puluhan menjadi ratusan kuota di satu tempat: apakah mentor dan pasar masih sanggup? Semua angka
# adalah hasil simulasi dan dihitung saat buku ini dijalankan.
#
# First several programmes spend exactly the same budget; then two of them grow in one place. All
# figures are simulated, and all sentences that hold figures are made by the cells. For Bahasa
# Indonesia write `"id"` instead of `"en"` in the first cell and run everything again.

# %% jupyter={"source_hidden": true}
from tempfile import TemporaryDirectory

from scenarios import reading, scaling, telling
from scenarios.compare import compare
from scenarios.design import Design
from scenarios.drawing.figure import draw
from scenarios.drawing.scaling_pictures import draw_scaling
from scenarios.files import read
from scenarios.runs.play import SCENARIO
from scenarios.words.labels import say
from scenarios.words.numerals import number, percent, short_rupiah
from simulation.store import Store

LANGUAGE = "en"

# %% [markdown]
# ## Equal budgets
#
# A course alone, a course with mentoring, the Sedaya package and plain cash, for the same kind of
# people in the same place. Before they are compared, the seats of each are set so that all payers
# together put in the same sum. What participants gain is counted over the last twelve months; what
# is paid counts over all months, and what is due to the investor later counts as not paid back.

# %% jupyter={"source_hidden": true}
budget = 1_500_000_000.0
size = ["households=10000", "months=36", "replicates=6"]
names = ["training-only", "training-mentoring", "sedaya-package", "cash-transfer"]
found = compare([read(name, size) for name in names], budget=budget)
told = telling.Reading(found.table, LANGUAGE)
label = {name: telling.label_of(name, LANGUAGE) for name in names}
reading.show(draw(found.table, reading.caption(found.scenarios[0], LANGUAGE)), LANGUAGE)
enrolled = [
    say(
        "notebooks.scaling.enrols",
        LANGUAGE,
        scenario=label[name],
        people=told.told(name, "participants"),
        net=told.told(name, "net_lifted"),
    )
    for name in names
]
spent = short_rupiah(budget, LANGUAGE)
reading.finding("scaling.spend", LANGUAGE, budget=spent, list="; ".join(enrolled))

# %% [markdown]
# ## Who does most for the money, and how sure that is
#
# Runs with the same luck are compared pair by pair, which tells much more than comparing means.

# %% jupyter={"source_hidden": true}
order = sorted(names, key=lambda name: -told.value(name, "net_per_budget"))
first, second = order[:2]
ahead = telling.difference(found.runs, "net_per_budget", (first, SCENARIO), (second, SCENARIO))
ranks = found.ranks[found.ranks["rank"] == 1]
wins = ranks[ranks.indicator == "net_per_budget"].set_index("scenario").probability
often = percent(100.0 * wins[first], 0, LANGUAGE)
clear = telling.sign(ahead["low"], ahead["high"]) == "more"
reading.finding(
    f"scaling.best.{'clear' if clear else 'unclear'}",
    LANGUAGE,
    first=label[first],
    second=label[second],
    value=told.told(first, "net_per_budget"),
    difference=telling.told(**ahead, unit="persons", language=LANGUAGE),
    share=often,
)

# %% [markdown]
# ## It depends on what is asked
#
# Money for people lifted out, cost to the public, the investor's return, firms led by women, and
# what others feel are different aims. Whoever comes first by one may come last by another.

# %% jupyter={"source_hidden": true}
best = ranks.sort_values("probability", ascending=False, kind="stable").drop_duplicates("indicator")
best = best[(best.probability >= 0.5) & (best.indicator != "cost")]  # all spend the same
heads = [say(f"notebooks.scaling.{each}", LANGUAGE) for each in ("aim", "first", "often")]
rows = [
    [
        telling.indicator(row.indicator, LANGUAGE),
        label[row.scenario],
        percent(100.0 * row.probability, 0, LANGUAGE),
    ]
    for row in best.itertuples()
]
reading.text(telling.markdown_table(heads, rows))
mostly = set(best[best.probability > 0.5].scenario)
winners = [label[name] for name in names if name in mostly]
reading.finding(
    f"scaling.depends.{'one' if len(winners) == 1 else 'many'}",
    LANGUAGE,
    **({"first": winners[0]} if len(winners) == 1 else {"list": telling.listed(winners, LANGUAGE)}),
)

# %% [markdown]
# ## From a small programme to a large one
#
# The same two programmes at growing numbers of seats in one province, with the same people at each
# size. Two things may give way when a programme grows: mentors, for many hired at once are on
# average worse, and the market, for more sellers share the same customers.

# %% jupyter={"source_hidden": true}
design = Design(
    name="sizes",
    scenarios=["sedaya-package", "training-mentoring"],
    set={"households": 5000, "months": 36},
    scale={"seats": [40, 80, 160, 320, 640]},
    replicates=5,
)
with TemporaryDirectory() as folder:
    curves = scaling.study(design, Store(folder))
reading.show(draw_scaling(curves.table, reading.caption(curves.scenarios[0], LANGUAGE)), LANGUAGE)
sizes = curves.table.groupby("size").seats.first()
ends = sizes.index.min(), sizes.index.max()
for name in design.scenarios:
    own = curves.table[curves.table.scenario == name].set_index(["measure", "size"])
    runs = curves.runs[curves.runs.scenario == name].assign(variant=SCENARIO)
    runs["scenario"] = runs["size"].astype(str)
    small, large = ((str(end), SCENARIO) for end in ends)
    more = telling.difference(runs, "net_per_budget", large, small)
    at_small, at_large = (
        telling.told(*own.loc[("average", end), ["value", "low", "high"]], "persons", LANGUAGE)
        for end in ends
    )
    reading.finding(
        f"scaling.curve.{telling.sign(more['low'], more['high'])}",
        LANGUAGE,
        scenario=telling.label_of(name, LANGUAGE),
        small=number(sizes[ends[0]], 0, LANGUAGE),
        large=number(sizes[ends[1]], 0, LANGUAGE),
        at_small=at_small,
        at_large=at_large,
        difference=telling.told(**more, unit="persons", language=LANGUAGE),
    )
quality = [own.loc[("mentor_quality", end), "value"] for end in ends]
reading.finding(
    f"scaling.mentors.{'worse' if quality[1] < quality[0] else 'same'}",
    LANGUAGE,
    scenario=telling.label_of(name, LANGUAGE),
    small=number(quality[0], 2, LANGUAGE),
    large=number(quality[1], 2, LANGUAGE),
)

# %% [markdown]
# What this curve does not show: whether more organisers, other places, or a slower growth would do
# better. The study of the whole country comes with Berdaya, too (`berdaya scale scaling-nation`).

# %% [markdown]
# ## Before you use this

# %% jupyter={"source_hidden": true}
package = "sedaya-package"
level = 100.0 * (told.value(first, "net_per_budget") / told.value(second, "net_per_budget") - 1.0)
reading.box(
    LANGUAGE,
    losers=told.losers(first),
    cash=told.cash(package),
    flips=say(
        "notebooks.scaling.flips.clear",
        LANGUAGE,
        first=label[first],
        second=label[second],
        change=percent(level, 0, LANGUAGE),
        share=often,
    ),
)
