# %% [markdown]
# # The fund: is public and private money together viable?
#
# **Ringkasan.** Sebuah dana sosial membiayai usaha mikro dan berharap uangnya kembali. Buku ini
# menghitung imbal hasil investor, berapa yang hilang, siapa yang membayar apa, dan berapa besar
# jaminan kerugian pertama yang harus ditanggung negara agar investor tidak merugi, serta apakah
# uang yang sama secara tunai akan mengangkat lebih banyak orang. Semua angka adalah hasil simulasi
# dan dihitung saat buku ini dijalankan.
#
# Two arrangements of the same package: in one the state pays the services and the investor bears
# all risk; in the other donors pay the services, the state pays a part of each sum, makes good the
# first losses and pays for firms that survive. All figures are simulated, and all sentences that
# hold figures are made by the cells. For Bahasa Indonesia write `"id"` instead of `"en"` in the
# first cell and run everything again.

# %% jupyter={"source_hidden": true}
from tempfile import TemporaryDirectory

import numpy as np

from scenarios import reading, telling
from scenarios.compare import compare
from scenarios.design import Design, Factor
from scenarios.drawing import translated
from scenarios.drawing.charts import FAINT, PALETTE, SMALL, TITLE, caption, in_units, new_figure
from scenarios.drawing.figure import draw
from scenarios.files import read
from scenarios.studies.sizes import at_seats
from scenarios.sweep import sweep
from scenarios.words.labels import say
from scenarios.words.numerals import number, percent, short_rupiah
from simulation.store import Store

LANGUAGE = "en"

# %% [markdown]
# ## Two ways to finance the same package
#
# Both run for five years, so that nearly all payments have come in by the end; what still runs then
# counts as not paid back.

# %% jupyter={"source_hidden": true}
size = ["households=10000", "months=60", "replicates=6"]
names = ["sedaya-package", "public-private"]
found = compare([at_seats(read(name, size), 200) for name in names])
told = telling.Reading(found.table, LANGUAGE)
label = {name: telling.label_of(name, LANGUAGE) for name in names}
reading.show(draw(found.table, reading.caption(found.scenarios[0], LANGUAGE)), LANGUAGE)
for name in names:
    reading.finding(
        f"fund.irr.{told.sign(name, 'irr')}",
        LANGUAGE,
        scenario=label[name],
        irr=told.told(name, "irr"),
        real=told.told(name, "irr_real"),
    )
    reading.finding(
        "fund.loss",
        LANGUAGE,
        scenario=label[name],
        loss=told.told(name, "loss"),
        sustains=number(told.value(name, "fund_sustains"), 2, LANGUAGE),
    )

# %% [markdown]
# ## Who pays
#
# What each payer puts in, less what comes back to it, over all months. A guarantee moves a loss
# from one payer to another; it does not make it smaller.

# %% jupyter={"source_hidden": true}
payers = {"cost_government": "government", "cost_donor": "donors", "cost_investor": "investor"}
figure, (axes,) = new_figure(8.0, 3.0)
for place, (indicator, word) in enumerate(payers.items()):
    rows = [told.row(name, indicator) for name in names]
    value, low, high = (np.array([row[end] for row in rows]) for end in ("value", "low", "high"))
    at = np.arange(len(names)) + 0.26 * (place - 1)
    axes.barh(at, np.nan_to_num(value), height=0.24, color=PALETTE[place], label=word)
    axes.errorbar(
        value, at, xerr=[value - low, high - value], fmt="none", ecolor="black", capsize=2
    )
axes.axvline(0.0, color=FAINT, linewidth=0.8)
axes.set_yticks(range(len(names)), names)
axes.invert_yaxis()
axes.set_title("Paid, less what came back", fontsize=TITLE)
in_units(axes.xaxis, "", "rupiah")
axes.legend(fontsize=SMALL, frameon=False)
caption(figure, reading.caption(found.scenarios[0], LANGUAGE))
reading.show(figure, LANGUAGE)
for name in names:
    paid = {word: told.value(name, indicator) for indicator, word in payers.items()}
    paid = {word: amount for word, amount in paid.items() if np.isfinite(amount)}
    whole = sum(paid.values())
    parts = [
        say(
            "notebooks.fund.part",
            LANGUAGE,
            payer=translated.in_words(word, LANGUAGE),
            share=percent(100.0 * amount / whole, 0, LANGUAGE),
        )
        for word, amount in paid.items()
    ]
    reading.finding(
        "fund.payers",
        LANGUAGE,
        scenario=label[name],
        cost=short_rupiah(whole, LANGUAGE),
        list=telling.listed(parts, LANGUAGE),
    )

# %% [markdown]
# ## How large a guarantee?
#
# The same fund with first losses made good by the state up to a growing share of all that is
# invested (percent, from left to right). The people and their luck are the same at each share.

# %% jupyter={"source_hidden": true}
shares = [0.0, 0.1, 0.25, 0.5]
fund = found.scenarios[1]
sedaya = fund.programmes[0]
design = Design(
    name="first-loss",
    scenarios=["public-private"],
    set={
        "households": fund.households,
        "months": fund.months,
        "programmes.sedaya.seats": sedaya.seats,
        "programmes.sedaya.finance.fund": sedaya.finance.fund,
    },
    vary=[Factor(path="programmes.sedaya.funding.first_loss", values=shares)],
    sample="grid",
    replicates=fund.replicates,
)
with TemporaryDirectory() as folder:
    swept = sweep(design, Store(folder))
at_share = swept.summary.set_index(["indicator", "point"])
figure, panels = new_figure(9.0, 3.4, columns=2)
measures = {"irr": "Investor's IRR (nominal)", "cost_government": "Government pays"}
for axes, (indicator, title) in zip(panels, measures.items(), strict=True):
    own = at_share.loc[indicator].loc[range(len(shares))]
    spread = [own.value - own.low, own.high - own.value]
    at = [100.0 * share for share in shares]
    axes.errorbar(at, own.value, yerr=spread, fmt="o-", color=PALETTE[0], capsize=3)
    axes.axhline(0.0, color=FAINT, linewidth=0.8)
    axes.set_title(title, fontsize=TITLE)
    in_units(axes.xaxis, "First loss made good", "percent")
    in_units(axes.yaxis, "", str(own.unit.iloc[0]))
caption(figure, reading.caption(fund, LANGUAGE))
reading.show(figure, LANGUAGE)
safe = [point for point in range(len(shares)) if at_share.loc[("irr", point), "low"] > 0.0]
point = safe[0] if safe else len(shares) - 1
each = [
    at_share.loc[("cost_government", at), "value"] / at_share.loc[("participants", at), "value"]
    for at in (0, point)
]
guarantee = percent(100.0 * shares[point], 0, LANGUAGE)
ends = at_share.loc[("irr", point), ["value", "low", "high"]]
fills = {"irr": telling.told(*ends, "percent a year", LANGUAGE)}
if point:
    fills |= {"share": guarantee, "cost": short_rupiah(each[1] - each[0], LANGUAGE)}
way = "none" if not safe else "some" if point else "without"
reading.finding(f"fund.first.{way}", LANGUAGE, **fills)

# %% [markdown]
# ## What participants get out of it
#
# A fund that pays its investor back and does nothing for the poor has failed. All that is known of
# the arrangement with several payers, beside the same money as cash:

# %% jupyter={"source_hidden": true}
reading.text(told.groups("public-private"))

# %% [markdown]
# ## Before you use this

# %% jupyter={"source_hidden": true}
way = "terms" if not safe else "guarantee" if point else "without"
fills = {"share": guarantee} if way != "without" else {}
needs = say(f"notebooks.fund.flips.{way}", LANGUAGE, **fills)
reading.box(
    LANGUAGE,
    losers=told.losers("public-private"),
    cash=told.cash("public-private"),
    flips=f"{told.flips('public-private', found.runs)} {needs}",
)
