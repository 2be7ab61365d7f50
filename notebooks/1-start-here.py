# %% [markdown]
# # Start here: one scenario against its twin
#
# **Ringkasan.** Buku ini menjalankan satu skenario, Paket Sedaya (pelatihan, pendampingan, dan
# ekuitas mikro), dan membandingkannya dengan *kembarannya*: orang yang sama, dengan nasib yang
# sama, tetapi tanpa program. Yang ditunjukkan adalah siapa yang keluar dari kemiskinan, siapa yang
# jatuh, apa yang terjadi pada warga lain, siapa yang membayar, dan apakah uang yang sama secara
# tunai akan lebih baik. Tiga kehidupan di akhir adalah ilustrasi, bukan bukti. Semua angka adalah
# hasil simulasi dan dihitung saat buku ini dijalankan.
#
# This notebook plays one scenario, the Sedaya package (training, mentoring and micro equity), and
# compares it with its *twin*: the same people with the same fate, but without the programme. All
# figures are simulated, and all sentences that hold figures are made by the cells; the code is
# folded away, and you need not read it. To have the figures and findings in Bahasa Indonesia, write
# `"id"` instead of `"en"` in the first cell and run everything again.

# %% jupyter={"source_hidden": true}
import numpy as np

from scenarios import reading, telling
from scenarios.compare import compare
from scenarios.drawing.charts import FAINT, PALETTE, SMALL, TITLE, caption, in_units, new_figure
from scenarios.drawing.figure import draw
from scenarios.files import read
from scenarios.runs.play import BENCHMARK, SCENARIO, twins_of, with_and_cash
from scenarios.words.labels import say
from scenarios.words.numerals import number

LANGUAGE = "en"

# %% [markdown]
# ## Who takes part, where and for how long
#
# A scenario is a page of text that says where, when, how many people, and which programme. This one
# comes with Berdaya (`berdaya scenario show sedaya-package`); here it has fewer people and fewer
# seats than there, so that the notebook is quick. Fewer people mean wider intervals, nothing else.

# %% jupyter={"source_hidden": true}
scenario = read(
    "sedaya-package",
    ["households=10000", "months=36", "replicates=6", "programmes.sedaya.seats=50"],
)
name = scenario.name
reading.text(f"{telling.label_of(name, LANGUAGE)}: {reading.size_of(scenario, LANGUAGE)}")

# %% [markdown]
# ## What the programme changes
#
# Every run is lived twice, with the programme and without it, and a third time with the same money
# as cash to the same people. Because the people and their luck are the same, whatever differs is
# the programme's doing. Each run is repeated with other luck; the bars show how far the mean could
# be off by luck alone. The run ends before all payments to the investor are due, and what is due
# later counts as not paid back: the investor's return is judged in [the notebook on the
# fund](5-the-fund.ipynb).

# %% jupyter={"source_hidden": true}
found = compare([scenario])
told = telling.Reading(found.table, LANGUAGE)
reading.show(draw(found.table, reading.caption(scenario, LANGUAGE)), LANGUAGE)
reading.finding(
    f"start.net.{told.sign(name, 'net_lifted')}",
    LANGUAGE,
    people=told.told(name, "participants"),
    lifted=told.told(name, "lifted_out"),
    pushed=told.told(name, "pushed_in"),
    net=told.told(name, "net_lifted"),
)
beside = telling.difference(found.runs, "net_per_budget", (name, SCENARIO), (name, BENCHMARK))
reading.finding(
    f"start.cash.{telling.sign(beside['low'], beside['high'])}",
    LANGUAGE,
    scenario=telling.label_of(name, LANGUAGE),
    here=told.told(name, "net_per_budget"),
    cash=told.told(name, "net_per_budget", BENCHMARK),
    difference=telling.told(**beside, unit="persons", language=LANGUAGE),
)
less = told.value(name, "consumption_change") < told.value(name, "profit_change_percent")
reading.finding(
    "start.profit" if less else "start.profit_not",
    LANGUAGE,
    profit=told.told(name, "profit_change_percent"),
    consumption=told.told(name, "consumption_change"),
)

# %% [markdown]
# ## Group by group
#
# Who takes part, who does not but feels it through markets and jobs, who pays, what comes back to
# the fund, and whom the credit score refuses. In brackets stand the ends of the interval. A dash
# stands for what does not apply and for groups of fewer than thirty simulated households.

# %% jupyter={"source_hidden": true}
reading.text(told.groups(name))
reading.finding(
    "start.groups",
    LANGUAGE,
    people=told.told(name, "participants"),
    women=told.told(name, "women"),
    others=told.told(name, "others_net_lifted"),
    profit=told.told(name, "others_profit_change_percent"),
    cost=told.told(name, "cost_each"),
)

# %% [markdown]
# ## Three lives, as illustrations
#
# One household among those that lose most, the one in the middle, and one among those that gain
# most, month by month, with the programme and without it. They show how a result comes about and
# prove nothing: which luck two lives share is a choice of the model, and only means over groups are
# effects. A household at one lives exactly at its poverty line.

# %% jupyter={"source_hidden": true}
variants = with_and_cash(scenario, 0, 1)
(twin,) = twins_of([scenario], [variants], 0, 1)
run = variants[SCENARIO]
with_it = run.paths["standing"]
without = twin.paths["standing"][:, np.searchsorted(twin.rows, run.rows)]
order = np.argsort((with_it - without)[-12:].mean(axis=0), kind="stable")
lives = [order[int(share * (len(order) - 1))] for share in (0.05, 0.5, 0.95)]
figure, panels = new_figure(11.0, 4.0, columns=3)
titles = ("Among those that lose most", "In the middle", "Among those that gain most")
for axes, life, title in zip(panels, lives, titles, strict=True):
    axes.plot(without[:, life], color=PALETTE[1], label="without the programme")
    axes.plot(with_it[:, life], color=PALETTE[0], label="with the programme")
    axes.axhline(1.0, color="black", linewidth=0.8)
    axes.axvline(run.since[life], color=FAINT, linestyle="--", linewidth=0.8, label="enrolment")
    axes.set_title(title, fontsize=TITLE)
    in_units(axes.xaxis, "Month", "")
    in_units(axes.yaxis, "", "poverty lines")
panels[0].legend(fontsize=SMALL, frameon=False)
figure.suptitle("Consumption a head, month by month", x=0.01, ha="left")
caption(figure, f"{say('message.illustration', LANGUAGE)} {reading.size_of(scenario, LANGUAGE)}")
reading.show(figure, LANGUAGE)
years = [
    number(float(path[-12:, life].mean()), 2, LANGUAGE)
    for life in lives
    for path in (with_it, without)
]
ends = ("low", "low_twin", "middle", "middle_twin", "high", "high_twin")
reading.finding(
    "start.lives",
    LANGUAGE,
    people=number(len(order), 0, LANGUAGE),
    **dict(zip(ends, years, strict=True)),
)

# %% [markdown]
# ## Before you use this

# %% jupyter={"source_hidden": true}
reading.box(
    LANGUAGE,
    losers=told.losers(name),
    cash=told.cash(name),
    flips=told.flips(name, found.runs),
)

# %% [markdown]
# ## Where to go on
#
# - [Which programme does most for the same money, and what does size do?](2-scaling.ipynb)
# - [What decides the result?](3-what-decides.ipynb)
# - [Can we trust it?](4-can-we-trust-it.ipynb)
# - [Is a fund of public and private money viable?](5-the-fund.ipynb)
# - [Your own scenario and your own figures](6-your-own.ipynb)
