# %% [markdown]
# # Can we trust it?
#
# **Ringkasan.** Sebuah model layak dipercaya sejauh ia cocok dengan apa yang sudah diketahui. Buku
# ini menaiki tangga ujian: apakah orang-orangnya seperti yang diterbitkan BPS, apakah jalurnya
# cocok, apakah tahun-tahun yang tidak dilihatnya dapat diramalkan, apakah rumah tangga dan usaha
# bergerak seperti dalam kenyataan, dan apakah percobaan lapangan yang diterbitkan terulang di
# dalamnya. Yang meleset disebut meleset. Semua angka dihitung saat buku ini dijalankan; ukurannya
# kecil, sehingga hanya ujian lengkap yang berlaku.
#
# This notebook climbs a ladder of tests: people, path, forecast, motion, published trials. A miss
# is called a miss. No trial was used to fit anything. What takes long stands here at small sizes,
# as the command `berdaya validate --quick` does it; the fit and the forecast are read from the
# files that come with Berdaya. For Bahasa Indonesia write `"id"` instead of `"en"` in the first
# cell and run everything again.

# %% jupyter={"source_hidden": true}
import json
from tempfile import TemporaryDirectory

import pandas as pd

from calibration import hindcast
from calibration.trials import run_all, trials
from scenarios import reading, telling, validation
from scenarios.drawing import pictures, translated
from scenarios.words.labels import say
from scenarios.words.numerals import number

LANGUAGE = "en"

# %% [markdown]
# ## What is run, and what is read

# %% jupyter={"source_hidden": true}
fitted = validation.posterior()
shipped = json.loads(hindcast.RESULT.read_text("utf-8"))
scores, series = (
    pd.concat(
        pd.DataFrame.from_dict(own, orient="index")
        .rename_axis(index)
        .reset_index()
        .assign(part=part)
        for part, own in shipped[what].items()
    )
    for what, index in (("scores", "name"), ("series", "period"))
)
small = {"size": 400, "replicates": 2, "draws": 0, "households": 5000}
with TemporaryDirectory() as folder:
    found = validation.Evidence(
        validation.cells(quick=True),
        fitted.draws,
        fitted.provenance,
        scores,
        series,
        validation.motion(folder, quick=True),
        [telling.against_twins(each) for each in run_all(trials(), folder, **small)],
        quick=True,
    )
reading.text(
    say(
        "notebooks.trust.quick",
        LANGUAGE,
        households=number(validation.QUICK_HOUSEHOLDS, 0, LANGUAGE),
        size=small["size"],
        replicates=small["replicates"],
    )
)

# %% [markdown]
# ## The people
#
# Households are made so that poverty, its depth and inequality are as BPS published them for March
# of the start year, in each province, urban and rural. What was not fitted is checked.

# %% jupyter={"source_hidden": true}
reading.show(pictures.people(found), LANGUAGE)
checks = validation.people_checks(found.cells)
reading.checked(validation.PEOPLE, checks, LANGUAGE)

# %% [markdown]
# ## The path
#
# A few inputs of growth and season were fitted to the surveys before the pandemic. Bars show how
# sure each became; the line is what was thought of it before.

# %% jupyter={"source_hidden": true}
reading.show(pictures.parameters(found), LANGUAGE)
reading.checked(validation.PATH, validation.fit_checks(found.fit["rmse"]), LANGUAGE)
contraction = found.fit["contraction"]
vague = min(contraction, key=contraction.get)
fitted_names = [telling.label_of(name, LANGUAGE) for name in found.draws]
told = {"list": telling.listed(fitted_names, LANGUAGE)}
if contraction[vague] < 0.1:
    reading.finding("trust.fit", LANGUAGE, vague=telling.label_of(vague, LANGUAGE), **told)
else:
    reading.finding("trust.fit.all", LANGUAGE, **told)

# %% [markdown]
# ## The years that the fit did not see
#
# From growth, work and assistance alone the model was to predict poverty in the years of the
# pandemic. It is held against simple rivals that know no model.

# %% jupyter={"source_hidden": true}
reading.show(pictures.fan(found), LANGUAGE)
checks = validation.forecast_checks(found.scores)
reading.checked(validation.FORECAST, checks, LANGUAGE)
country = found.scores[found.scores.part == "total"].set_index("name")
rivals = country.drop(index="model").rmse.astype(float)
reading.finding(
    "trust.hindcast.signs",
    LANGUAGE,
    model=number(float(country.rmse["model"]), 2, LANGUAGE),
    rival=translated.in_words(str(rivals.idxmin()), LANGUAGE),
    best=number(float(rivals.min()), 2, LANGUAGE),
    changes=len(hindcast.PERIODS) - 1,
    signs=int(country.signs["model"]),
)

# %% [markdown]
# ## What moves
#
# In a world that stands still households still fall in and climb out, and firms open and close.
# Orange points miss the published range; hollow ones were set by it and are no tests.

# %% jupyter={"source_hidden": true}
reading.show(pictures.motion(found), LANGUAGE)
reading.checked(validation.DYNAMICS, validation.dynamics_checks(found.dynamics), LANGUAGE)

# %% [markdown]
# ## Published trials, run inside the model
#
# Each experiment is lived with its own sample and horizon, randomised inside, and estimated as its
# paper did, save that the treated are held against their twins. Grey is what is accepted; the
# diamond is what was found in the field; orange misses.

# %% jupyter={"source_hidden": true}
reading.show(pictures.forest(found), LANGUAGE)
checks = validation.trial_checks(found.outcomes)
reading.checked(validation.TRIALS, checks, LANGUAGE)
reading.text(say("notebooks.trust.twins", LANGUAGE))

# %% [markdown]
# ## Before you use this

# %% jupyter={"source_hidden": true}
cash = [each for each in checks if each.what.startswith("v3-cash-grant")]
missed = [each.name for each in found.outcomes if not each.inside]
reading.box(
    LANGUAGE,
    losers=say("notebooks.trust.losers", LANGUAGE),
    cash=say("notebooks.trust.cash", LANGUAGE, met=sum(each.met for each in cash), all=len(cash)),
    flips=say(
        "notebooks.trust.flips",
        LANGUAGE,
        list=telling.listed([telling.label_of(name, LANGUAGE) for name in missed], LANGUAGE),
    )
    if missed
    else say("notebooks.trust.flips.none", LANGUAGE),
)
