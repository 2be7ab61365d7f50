# %% [markdown]
# # Your own scenario and your own figures
#
# **Ringkasan.** Buku ini menunjukkan cara menulis skenario sendiri untuk sebuah kabupaten, dan cara
# memakai angka sendiri sebagai ganti angka BPS: dari tabel kabupaten, atau dari cuplikan data rumah
# tangga seperti Susenas. Data Anda tetap di komputer Anda; yang dipakai hanyalah jumlah dan
# rata-rata dari sedikitnya tiga puluh rumah tangga. Cuplikan di buku ini **karangan**, dibuat oleh
# sebuah rumus di dalam buku, dan tidak menggambarkan kabupaten mana pun. Semua hasil adalah
# simulasi dan dihitung saat buku ini dijalankan.
#
# A scenario of your own is a page of text that says only what differs from one that is there. Your
# own figures, from a table of the district or from an extract of households such as one of Susenas,
# take the place of those of BPS. The extract here is **made up** by a formula inside the notebook
# and describes no real district. For Bahasa Indonesia write `"id"` instead of `"en"` in the first
# cell and run everything again.

# %% jupyter={"source_hidden": true}
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
from scipy.special import ndtri

from calibration.extract import figures_of
from scenarios import reading, telling
from scenarios.command.extracts import as_block
from scenarios.compare import compare
from scenarios.drawing import translated
from scenarios.drawing.figure import draw
from scenarios.files import read
from scenarios.runs.play import SCENARIO
from scenarios.runs.prepare import population_cells
from scenarios.words.labels import say
from scenarios.words.numerals import number, percent

LANGUAGE = "en"

# %% [markdown]
# ## An extract of households
#
# One row a household: how many households it stands for (`weight`), its members, its spending a
# head and month, and whether it is urban. The names of the columns of Susenas are known, too. **The
# rows below are made up**: the spending of each part follows evenly spaced quantiles of a curve. To
# use your own, put the path of your file in the place of this one; the file stays where it is.

# %% jupyter={"source_hidden": true}
area = "Kab. Garut"
parts = []
for urban, count, persons, middle, spread in (
    (1, 360, 1_900_000, 1_050_000, 0.52),
    (0, 240, 700_000, 880_000, 0.42),
):
    members = 2 + np.arange(count) % 5
    curve = np.exp(spread * ndtri((np.arange(count) + 0.5) / count))
    parts.append(
        pd.DataFrame(
            {
                "weight": np.full(count, persons / members.sum()).round(3),
                "members": members,
                "spending": (middle * curve).round(),
                "urban": urban,
            }
        )
    )
made_up = pd.concat(parts)
folder = TemporaryDirectory()
extract = Path(folder.name) / "extract.csv"
made_up.to_csv(extract, index=False)
figures = figures_of(extract, area)

reading.finding(
    "own.extract",
    LANGUAGE,
    households=number(len(made_up), 0, LANGUAGE),
    area=telling.label_of(area, LANGUAGE),
    urban=percent(figures["urban"]["p0"], 2, LANGUAGE),
    rural=percent(figures["rural"]["p0"], 2, LANGUAGE),
)

# %% [markdown]
# ## The scenario, written out
#
# The figures become a block of the scenario file; the command `berdaya scenario figures` prints the
# same. If you have a table instead of an extract, type its figures in the same place, with where
# they come from as `source`. Without the block the people are made from what BPS published for the
# district. Every mistake is named with its line before anything runs.

# %% jupyter={"source_hidden": true}
head = """title: Our package
extends: sedaya-package
months: 36
households: 8000
replicates: 5
programmes:
  - name: sedaya
    seats: 50
    finance:
      amount: Rp 4 juta
"""
files = {name: Path(folder.name) / f"{name}.yaml" for name in ("bps-figures", "our-figures")}
files["bps-figures"].write_text(f"{head}area: {area}\n", "utf-8")
block = as_block(area, {"urban": None, "rural": None, **figures})
files["our-figures"].write_text(head + block, "utf-8")
scenarios = [read(path) for path in files.values()]
reading.text(f"```yaml\n{files['our-figures'].read_text('utf-8')}```")
reading.text(reading.size_of(scenarios[0], LANGUAGE))

# %% [markdown]
# ## The people that are made from it

# %% jupyter={"source_hidden": true}
heads = [say(f"notebooks.own.{each}", LANGUAGE) for each in ("part", "bps", "asked", "people")]
usual, ours = (
    population_cells(area, each.households, each.seed, figures=each.figures).set_index(
        "urban_rural"
    )
    for each in scenarios
)
rows = [
    [
        translated.in_words(part, LANGUAGE),
        percent(usual.p0[part], 2, LANGUAGE),
        percent(figures[part]["p0"], 2, LANGUAGE),
        percent(ours.p0[part], 2, LANGUAGE),
    ]
    for part in ("urban", "rural")
]
reading.text(telling.markdown_table(heads, rows))
off = max(abs(ours.p0[part] - figures[part]["p0"]) for part in ("urban", "rural"))
reading.finding("own.made", LANGUAGE, off=number(off, 2, LANGUAGE))

# %% [markdown]
# ## The same programme for both
#
# What changes when the people are made from other figures: how many can be reached near the line,
# and so what a programme does for its money. What is due to the investor later counts as not paid
# back.

# %% jupyter={"source_hidden": true}
found = compare(scenarios)
told = telling.Reading(found.table, LANGUAGE)
bps, own = (each.name for each in scenarios)
reading.show(draw(found.table, reading.caption(scenarios[0], LANGUAGE)), LANGUAGE)
more = telling.difference(found.runs, "net_per_budget", (own, SCENARIO), (bps, SCENARIO))
reading.finding(
    f"own.differs.{telling.sign(more['low'], more['high'])}",
    LANGUAGE,
    bps=told.told(bps, "net_per_budget"),
    own=told.told(own, "net_per_budget"),
    difference=telling.told(**more, unit="persons", language=LANGUAGE),
)
folder.cleanup()

# %% [markdown]
# ## Before you use this

# %% jupyter={"source_hidden": true}
reading.box(
    LANGUAGE,
    losers=told.losers(own),
    cash=told.cash(own),
    flips=told.flips(own, found.runs),
)
reading.text(say("message.own_machine", LANGUAGE))
