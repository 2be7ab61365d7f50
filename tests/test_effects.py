"""What a scenario did against its twin: by hand on made-up traces, and on runs."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from scenarios.compare import compare
from scenarios.files import read
from scenarios.runs import prepare
from scenarios.runs.effects import GROUPS, INDICATORS, effects
from scenarios.runs.funds import expectation, of_fund, of_score, payers
from scenarios.runs.play import STREET_BASE, street_effects
from scenarios.runs.replicates import decide, notes_of, table_of
from scenarios.schema import Scenario
from simulation import indicators, ledger, parameters
from simulation.agents.provider import TooFewPeople
from simulation.programmes.account import GOVERNMENT, INVESTOR
from simulation.programmes.programme import Programme
from simulation.programmes.terms import Finance, Scoring
from simulation.trace import FIELDS, follow
from tests.traces import intake, kept, people, trace
from tests.worlds import CASH, VISITS, everything, model, programme
from tests.worlds import people as settled

ALL = np.arange(60)
HALF = np.arange(30)


def pair(programmes=(), rows=HALF, run=(), twin=(), **fields):
    """Return the effects of a made-up run on its rows, against its twin."""
    population = people(**fields)
    with_it = trace(population, rows, programmes, **dict(run))
    return effects(population, with_it, trace(population, rows, **dict(twin)))


def test_every_indicator_has_a_group_and_a_name_of_its_own():
    names = [indicator.name for indicator in INDICATORS]
    assert len(names) == len(set(names))
    assert {indicator.group for indicator in INDICATORS} == set(GROUPS)
    assert list(dict.fromkeys(each.group for each in INDICATORS)) == list(GROUPS)


def test_only_the_area_is_shown_of_fewer_than_thirty():
    found = pair(rows=ALL[:29])
    known = {name for name, value in found.items() if np.isfinite(value)}
    assert known == {"area_net_lifted", "area_headcount_change"}


# Participants, everyone else, the area


def test_those_enrolled_and_everyone_else_make_up_the_area():
    run, twin = np.full(60, 0.9), np.full(60, 0.9)
    run[:5] = run[40:47] = 1.1  # lifted: five of those enrolled, seven others
    twin[20:22] = twin[50:53] = 1.1  # pushed in: two and three
    found = pair(run={"year_mean": run}, twin={"year_mean": twin})
    assert (found["lifted_out"], found["pushed_in"]) == (5 * 4, 2 * 4)
    assert found["others_net_lifted"] == (7 - 3) * 4
    assert found["area_net_lifted"] == found["net_lifted"] + found["others_net_lifted"]


def test_winners_and_losers_are_those_moved_by_more_than_one_percent():
    run = np.full(60, 1.0)
    run[:3], run[3:5], run[40] = 1.02, 0.98, 0.5
    run[10:20] = 1.005
    found = pair(run={"year_mean": run}, twin={"year_mean": 1.0})
    assert (found["winners"], found["losers"], found["others_losers"]) == (12.0, 8.0, 4.0)


def with_totals(made, **totals):
    return replace(made, totals={**made.totals, **totals})


def test_what_others_firms_earn_is_all_profit_less_that_of_those_enrolled():
    population = people(weight=2.0)
    run = with_totals(trace(population, HALF, profit=3e6), profit=np.full(24, 30 * 6e6 + 9e7))
    twin = with_totals(trace(population, HALF, profit=1e6), profit=np.full(24, 30 * 2e6 + 1e8))
    found = effects(population, run, twin)
    assert found["others_profit_change_percent"] == pytest.approx(-10.0)
    assert found["others_profit_change"] == pytest.approx(-1e7)


def test_until_they_enrol_people_are_among_the_others():
    """They are the same people in both worlds, month by month."""
    population = people()
    run = with_totals(trace(population, HALF, since=20, profit=5e6), profit=np.full(24, 1e9))
    twin = with_totals(trace(population, HALF, profit=1e6), profit=np.full(24, 1e9))
    run.totals["profit"][20:] += 30 * 4e6  # what the programme adds
    assert effects(population, run, twin)["others_profit_change"] == pytest.approx(0.0)


def test_closures_of_others():
    population = people()
    run = with_totals(trace(population, HALF, closed=0.1), closed=np.full(24, 5.0))
    twin = with_totals(trace(population, HALF, closed=0.0), closed=np.full(24, 1.0))
    assert effects(population, run, twin)["others_closures_change"] == pytest.approx(12.0)


def test_fewer_than_thirty_others_are_not_shown():
    found = pair(rows=ALL[:31])
    assert np.isfinite(found["net_lifted"])
    assert np.isnan(found["others_net_lifted"])


def test_seats_and_courses():
    course = everything(name="course", finance=None, scoring=None, cash=None)
    done = np.arange(30) < 15
    programmes = (
        kept(intake(HALF, completed=done), intake(HALF, over=False), terms=course, seats=80.0),
        kept(intake(HALF), seats=40.0, again=7.0),
    )
    found = pair(programmes, rows=HALF, weight=2.0)
    assert found["participants"] == 60.0
    assert found["seats_filled"] == pytest.approx(100.0 * 180 / 120)
    assert found["completed"] == pytest.approx(50.0)
    assert found["served_twice"] == 7.0
    assert np.isnan(found["financed"])


def test_women_reached_are_those_who_lead_a_firm():
    """One of twelve never has one; one has it to the month in which she enrols, one later."""
    woman = np.arange(60) < 12
    alive, closed = np.ones((24, 30)), np.zeros((24, 30))
    alive[:, 9:12] = 0.0
    closed[5, 9] = 1.0
    alive[20:, 10] = 1.0  # opens one later
    found = pair(
        run={"since": 5, "alive": alive, "closed": closed}, rows=HALF, weight=2.0, woman=woman
    )
    assert found["women"] == 2.0 * 11
    assert found["participants"] == 60.0


# The street


def on_street(months, without, since=2):
    """Return the effects on sixty of the street, who are there in these months of 24."""
    population = people(frame=1)
    month = np.arange(24)[:, None] * np.ones((1, 60))
    run = trace(population, ALL, since=since, street=np.isin(month, months), sheltered=month == 5)
    twin = trace(population, ALL, street=np.isin(month, without))
    return effects(population, run, twin)


def test_the_street_within_a_year_and_within_two():
    found = on_street(months=[14], without=[3])
    assert found["street_change"] == -100.0, "months 2 to 13 count"
    assert np.isnan(found["street_change_24"]), "nobody is followed for two years"
    assert found["house_change"] == 100.0
    found = on_street(months=[23], without=[], since=0)
    assert (found["street_change"], found["street_change_24"]) == (0.0, 100.0)


def test_the_street_is_of_street_people_only():
    assert np.isnan(pair(run={"street": 1.0})["street_change"])


def test_only_those_followed_long_enough_count():
    population = people(frame=1)
    since = np.where(ALL < 30, 0, 13)
    run = trace(
        population, ALL, since=since, street=np.where(ALL < 30, 0.0, 1.0) * np.ones((24, 1))
    )
    found = effects(population, run, trace(population, ALL))
    assert found["street_change"] == 0.0


# Debts, care, assistance, payers


def test_debts_and_care_are_changes():
    run = {"debt": 3e5, "alive": 1.0}
    found = pair(run=run, twin={"debt": 1e5, "alive": 0.5}, woman=1, workers=1, members=4)
    assert found["debt_change"] == pytest.approx(2e5)
    assert np.isnan(found["care_change"]), "no size is known, so it is off"
    population = people(woman=1, workers=1, members=4)
    on = trace(population, HALF)
    on.parameters["care_hours"] = 10.0
    found = effects(population, on, trace(population, HALF, alive=0.5))
    assert found["care_change"] == pytest.approx(10.0 * 3 * 0.5)


def paid_for():
    """Return effects where the government pays 6 and gets 1, an investor pays 4 and gets 5."""
    population = people(weight=2.0)
    paid, back = [(0, GOVERNMENT, 6e8), (1, INVESTOR, 4e8)], [(9, INVESTOR, 4e8)]
    moved = [(9, INVESTOR, 1e8), (9, GOVERNMENT, -1e8)]
    scheme = kept(intake(HALF), paid=paid, recovered=back, transferred=moved)
    lifted = np.where(ALL < 5, 1.1, 0.9)
    run = trace(population, HALF, [scheme], year_mean=lifted, assistance=1e5)
    twin = trace(population, HALF, assistance=3e5)
    run.sums[:, 0, ledger.ASSISTANCE], twin.sums[:, 1, ledger.ASSISTANCE] = 1e7, 2.5e7
    return population, run, twin


def test_cost_by_payer_and_what_assistance_saves():
    found = effects(*paid_for())
    assert (found["cost"], found["cost_each"]) == (1e9, 1e9 / 60)
    assert found["cost_government"] == pytest.approx(7e8)
    assert found["cost_investor"] == pytest.approx(-1e8)
    assert np.isnan(found["cost_donor"])
    assert found["assistance_change"] == pytest.approx(-2e5 * 24 * 60)
    assert found["area_assistance_change"] == pytest.approx(-1.5e7 * 24)
    assert found["net_cost"] == pytest.approx(6e8 - 3.6e8)
    assert found["public_cost"] == pytest.approx(7e8 - 3.6e8)
    assert found["net_per_budget"] == pytest.approx(40 / 10)
    assert found["net_per_public"] == pytest.approx(40 / 3.4)


def test_public_funds_can_cost_more_than_a_rupiah_a_rupiah():
    population, run, twin = paid_for()
    run.parameters["public_funds"] = 1.3
    found = effects(population, run, twin)
    assert found["public_cost"] == pytest.approx(1.3 * 3.4e8)
    assert found["cost_government"] == pytest.approx(7e8)


def over(net_lifted, public_cost):
    """Return the table over replicates with these."""
    names = {indicator.name: np.nan for indicator in INDICATORS}
    rows = [
        {**names, "scenario": "ours", "variant": "scenario", "replicate": n, **dict(each)}
        for n, each in enumerate(
            {"net_lifted": lifted, "public_cost": cost}
            for lifted, cost in zip(net_lifted, public_cost, strict=True)
        )
    ]
    return table_of(pd.DataFrame(rows), {("ours", "street_change"): "undecided"}).set_index(
        "indicator"
    )


def test_a_cost_a_person_stands_only_where_some_are_clearly_lifted():
    table = over([10.0, 12.0, 11.0], [1e9, 1.2e9, 1.1e9])
    assert table.value["public_cost_each"] == pytest.approx(1e8)
    assert table.low["public_cost_each"] == pytest.approx(1e8)
    assert table.decided["street_change"] == "undecided"
    assert table.decided["net_lifted"] == ""
    for lifted in ([10.0, -9.0, 1.0], [-10.0, -11.0, -12.0]):
        assert np.isnan(over(lifted, [1e9] * 3).value["public_cost_each"])


# The fund


def fund(paid, recovered, prices=None, invested=None, **terms):
    """Return what is said of a fund that handed Rp 5 million to each of sixty in month 1."""
    population = people()
    given = {"instrument": "micro equity", "amount": 5e6, "after": 1, **terms}
    owned = programme("fund", finance=Finance.model_validate(given))
    flows = [(month, INVESTOR, amount) for month, amount in recovered]
    handed = kept(
        intake(ALL, financed=np.ones(60, bool)),
        terms=owned,
        paid=[(month, INVESTOR, amount) for month, amount in paid],
        recovered=flows,
        paid_out=((1, ALL),),
        invested=60 * 5e6 if invested is None else invested,
    )
    return of_fund(population, trace(population, ALL, [handed], prices=prices))


def test_a_fund_that_gets_back_more_than_it_put_in():
    prices = 1.01 ** np.arange(1, 25)
    found = fund([(1, 3e8)], [(13, 3.3e8)], prices)
    assert found["irr"] == pytest.approx(10.0)
    assert found["irr_real"] == pytest.approx(100.0 * (1.1 / 1.01**12 - 1.0))
    assert found["loss"] == pytest.approx(-10.0)
    assert found["fund_sustains"] == pytest.approx(1.1)
    assert "recycled" not in found


def test_what_a_fund_loses_and_what_its_services_cost():
    found = fund([(1, 3e8), (2, 1e8)], [(13, 2e8)], invested=3.5e8, fund=3e8)
    assert found["loss"] == pytest.approx(100.0 / 3.0)
    assert found["fund_sustains"] == pytest.approx(0.5)
    assert found["recycled"] == pytest.approx(5e7)
    assert fund([(1, 3e8)], [], fund=3e8)["recycled"] == 0.0


def test_a_grant_is_no_fund():
    found = fund([(1, 3e8)], [], instrument="grant")
    assert "loss" not in found
    assert found["irr"] == -100.0, "whoever gave it as an investor lost it"


# The score

TERMS = Finance(
    instrument="micro equity", amount=5e6, share=0.2, cap=2.0, term=24, grace=3, after=2
)


def scored(scores, refused=(), months=30, finance=TERMS, later=(), **paths):
    """Return the run of a programme that scored sixty in month 2, on people half of them women.

    Who is not refused gets money at once, or `later` in month 5.
    """
    population = people(woman=np.where(ALL < 30, 1, 0), ppks=np.where(ALL < 29, 1, 0))
    no = np.isin(ALL, refused)
    terms = programme("fund", scoring=Scoring(threshold=0.4, cost=0.0), finance=finance)
    who = intake(ALL, scores=np.asarray(scores, float), refused=no, financed=~no)
    now = ~no & ~np.isin(ALL, later)
    paid_out = ((2, ALL[now]), (5, np.asarray(later, int)))
    scheme = kept(who, terms=terms, paid_out=paid_out, months=months)
    return population, trace(population, ALL, [scheme], months=months, **paths)


def judged(population, run):
    (scheme,) = run.programmes
    return payers(run, scheme, scheme.intakes[0])


def due():
    """Return what a usual firm pays in two years: 21 shares of what is reported and comes."""
    p = parameters.values()[0]
    hidden = (p.concealment + p.concealment_share * 0.2) * (1.0 - p.audit)
    return 0.2 * (1.0 - hidden) * 1e6 * 21 * (1.0 - p.missed)


def test_good_is_alive_two_years_after_the_money_with_four_fifths_of_what_was_expected():
    p = parameters.values()[0]
    expected, months = expectation(p, TERMS, np.full(1, 1e6))
    assert expected[0] == pytest.approx(due())
    assert np.flatnonzero(months).tolist() == list(range(3, 24))
    payment = np.zeros((30, 60))
    payment[25, :20] = 0.81 * due()  # the last of the months that count
    payment[25, 20:40] = 0.79 * due()
    payment[26, 40:] = due()
    payment[3, :] = 0.0
    alive = np.ones((30, 60))
    alive[20, 10:20] = 0.0  # started again later, without the contract
    good = judged(*scored(np.full(60, 0.5), payment=payment, alive=alive))
    assert good.tolist() == [1.0] * 10 + [0.0] * 50


def test_who_is_refused_is_seen_by_the_profits_that_a_contract_would_have_shared():
    profit = np.zeros((30, 60))
    profit[5:26, :40] = 0.8e6
    profit[5:26, 20:40] = 0.79e6
    profit[:5, 40:] = 1e9  # before the first payment
    run = scored(np.full(60, 0.3), refused=ALL, profit=profit)
    assert judged(*run).tolist() == [1.0] * 20 + [0.0] * 40
    found = of_score(*run)
    assert found["wrongly_refused"] == pytest.approx(100.0 / 3.0)
    assert found["refused"] == 60.0


def test_two_years_run_from_the_month_in_which_the_money_came():
    payment = np.zeros((30, 60))
    payment[28] = due()
    good = judged(*scored(np.full(60, 0.5), later=HALF, payment=payment))
    assert good.tolist() == [1.0] * 30 + [0.0] * 30


def test_nothing_is_known_of_two_years_in_a_shorter_run():
    run = scored(np.linspace(0.1, 0.9, 60), refused=HALF, months=25)
    assert np.isnan(judged(*run)).all()
    found = of_score(*run)
    assert "score_auc" not in found
    assert "wrongly_refused" not in found
    assert found["refused_women"] == 100.0


def test_expected_payments():
    p, usual = parameters.values()[0], np.full(2, 1e6)
    loan = Finance(
        instrument="microcredit", amount=6e6, fixed=True, interest=0.0, term=12, security=0.5
    )
    assert expectation(p, loan, usual)[0] == pytest.approx(6e6)
    capped = Finance(instrument="micro equity", amount=1e5, share=0.2, cap=1.5, term=24)
    assert expectation(p, capped, usual)[0] == pytest.approx(1.5e5)
    bought = Finance(
        instrument="micro equity", amount=1e5, share=0.2, cap=1.5, term=24, buy_back=1.2
    )
    assert expectation(p, bought, usual)[0] == pytest.approx(1.2e5)
    expected, months = expectation(p, Finance(instrument="grant", amount=5e6), usual)
    assert expected.tolist() == [0.0, 0.0]
    assert not months.any()


@pytest.mark.parametrize(("scores", "area"), [((0.9, 0.1), 1.0), ((0.1, 0.9), 0.0)])
def test_the_area_under_the_curve_is_measured_in_the_run(scores, area):
    payment = np.where(ALL < 25, due(), 0.0) * np.ones((30, 1)) / 20.0
    jitter = np.linspace(0.0, 0.05, 60)
    found = of_score(*scored(np.where(ALL < 25, *scores) + jitter, payment=payment))
    assert found["score_auc"] == pytest.approx(area)


def test_refusals_by_sex_and_category_of_thirty_at_least():
    found = of_score(*scored(np.full(60, 0.5), refused=ALL[:45:3]))
    assert found["refused_women"] == pytest.approx(100.0 * 10 / 30)
    assert found["refused_men"] == pytest.approx(100.0 * 5 / 30)
    assert "refused_ppks" not in found, "they are 29"
    assert found["refused_not_ppks"] == pytest.approx(100.0 * 5 / 31)


def test_who_did_not_ask_was_not_refused():
    scores = np.where(ALL < 30, 0.5, np.nan)
    found = of_score(*scored(scores, refused=ALL[:15]))
    assert found["refused_women"] == 50.0
    assert "refused_men" not in found


# Decided or not


def test_an_effect_whose_sign_flips_inside_the_range_is_undecided():
    found = pd.DataFrame(
        [
            {"scenario": "ours", "variant": "scenario", "street_change": -1.0},
            {"scenario": "ours", "variant": "scenario", "street_change": -3.0},
        ]
    ).assign(street_change_24=-1.0)
    ends = [
        {"scenario": "ours", "end": end, "street_change": change, "street_change_24": -5.0}
        for end, change in ((-3.5, -4.0), (-2.5, 2.0), (-3.5, -6.0), (-2.5, 1.0))
    ]
    decided, notes = decide(found, ends)
    assert decided == {
        ("ours", "street_change"): "undecided",
        ("ours", "street_change_24"): "decided",
    }
    said = "-5.0 at street_base -3.5, -2.0 as it is, 1.5 at street_base -2.5"
    assert notes[0] == {
        "scenario": "ours",
        "note": f"On the street in a year, change: {said}",
        "replicates": 2,
    }
    ends[0]["street_change"] = ends[2]["street_change"] = np.nan
    assert decide(found, ends)[0]["ours", "street_change"] == ""
    assert decide(found, []) == ({}, [])


def test_messages_that_differ_by_their_month_are_one_note():
    said = [["a ends in month 7: spent (Rp 5)", "b"], ["a ends in month 9: spent (Rp 5)"], []]
    assert [(each["note"], each["replicates"]) for each in notes_of("ours", said)] == [
        ("a ends in month 7 to 9: spent (Rp 5)", 2),
        ("b", 1),
    ]


# On runs


@cache
def everyone_followed():
    """Return a run with every part, followed from the start by all its rows; and the model."""
    run = model([everything(finance=everything().finance.model_copy(update={"fund": 8e7}))])
    return follow(run, np.arange(len(settled()))), run


def test_paths_add_up_to_what_the_ledger_says():
    run, lived = everyone_followed()
    weight = settled().households.weight
    by_month = {name: run.paths[name].astype(float) @ weight for name in [*FIELDS, "closed"]}
    flows = lived.flows
    for name, flow in (("assistance", ledger.ASSISTANCE), ("payment", ledger.CONTRACT_PAID)):
        np.testing.assert_allclose(by_month[name], flows[:, flow], rtol=1e-6)
    sums = run.sums.sum(axis=1)
    np.testing.assert_allclose(by_month["alive"], sums[:, indicators.ENTERPRISES], rtol=1e-6)
    np.testing.assert_allclose(by_month["closed"], sums[:, indicators.CLOSED], rtol=1e-6)
    np.testing.assert_allclose(by_month["sheltered"], sums[:, indicators.SHELTERED_NOW])
    np.testing.assert_allclose(run.totals["closed"], by_month["closed"], rtol=1e-9)
    np.testing.assert_allclose(run.totals["profit"], by_month["profit"], rtol=1e-9)


def test_what_is_kept_of_a_programme():
    run, lived = everyone_followed()
    (provider,), (scheme,) = lived.providers, run.programmes
    assert scheme.cost == pytest.approx(provider.cost) == run.cost
    assert scheme.seats == 40
    assert scheme.rows.tolist() == provider.enrolled.tolist()
    assert [each.month for each in scheme.intakes] == [2, 5]
    assert scheme.planned == pytest.approx(40 * scheme.terms.seat_cost(25000.0))
    financed = np.concatenate([rows for _, rows in scheme.paid_out])
    kept_financed = np.concatenate([each.rows[each.financed] for each in scheme.intakes])
    assert sorted(kept_financed) == sorted(financed)
    weight = settled().households.weight[financed]
    assert scheme.invested == pytest.approx(5e6 * weight.sum())
    for each in scheme.intakes:
        assert (each.usual > 0).all()
        assert np.isnan(each.profit_now[run.paths["alive"][-1, each.rows] == 0]).all()


def test_a_programme_beside_another_counts_whom_it_serves_again():
    terms = [programme(name, seats=15, cash=CASH, starts=n) for n, name in ((2, "one"), (4, "two"))]
    run = follow(model(terms, months=6))
    one, two = run.programmes
    both = np.intersect1d(one.rows, two.rows)
    assert one.again == 0.0
    assert two.again == pytest.approx(settled().households.weight[both].sum())
    assert len(run.rows) == len(np.union1d(one.rows, two.rows))


def test_a_programme_that_gives_nothing_changes_nothing_for_anybody():
    """Enrolment alone: every effect, also on others, is nothing to the last digit."""
    nothing = programme("nothing", seats=40, cash=CASH.model_copy(update={"amount": 0.0}))
    run = follow(model([nothing]))
    found = effects(settled(), run, follow(model(), run.rows))
    changes = {name: value for name, value in found.items() if "change" in name or "lifted" in name}
    assert {name: value for name, value in changes.items() if np.nan_to_num(value)} == {}
    assert np.isfinite(changes["others_profit_change_percent"])


def street_scenario(**changes):
    """Return a small scenario for street people, of two replicates."""
    visits = VISITS.model_copy(update={"starts_after": 0, "months": 12})
    terms = programme(
        "visits",
        target={"group": "street people", "standing_below": 20.0},
        seats=40,
        starts=0,
        mentoring=visits,
    )
    given = {"name": "ours", "months": 13, "households": 6000, "replicates": 2, **changes}
    return Scenario.model_validate({**given, "programmes": [Programme.model_validate(terms)]})


def test_effects_on_the_street_are_seen_over_the_range_of_the_return(monkeypatch):
    settlings = []
    settle = prepare.settle

    def counted(*given):
        settlings.append(given)
        return settle(*given)

    monkeypatch.setattr(prepare, "settle", counted)
    prepare._settled.cache_clear()
    found = compare([street_scenario()])
    assert len(settlings) == 1, "the people are the same, settled once"
    rows = found.table[found.table.indicator == "street_change"].set_index("variant")
    assert rows.decided["scenario"] in ("decided", "undecided")
    assert rows.decided["cash benchmark"] == ""
    (note,) = found.notes.note
    assert f"at street_base {STREET_BASE.low:g}" in note
    assert f"at street_base {STREET_BASE.high:g}" in note
    assert f"{rows.value['scenario']:.1f} as it is" in note
    others = found.table[~found.table.indicator.str.startswith("street")]
    assert (others.decided == "").all()


def test_the_ends_of_the_range_are_other_lives_of_the_same_people():
    scenario = street_scenario(replicates=1)
    table = compare([scenario]).table.set_index(["variant", "indicator"]).value
    low, usual, high = (
        street_effects([scenario], 0, 1, base)["ours"]["street_change"]
        for base in (STREET_BASE.low, STREET_BASE.default, STREET_BASE.high)
    )
    assert usual == table["scenario", "street_change"]
    assert len({low, usual, high}) > 1


def test_where_too_few_apply_at_an_end_nothing_is_known_of_it(monkeypatch):
    def nobody(*_):
        raise TooFewPeople("nobody")

    monkeypatch.setattr("scenarios.runs.play.follow", nobody)
    found = street_effects([street_scenario()], 0, 1, STREET_BASE.low)
    assert np.isnan([*found["ours"].values()]).all()


def test_a_scenario_without_street_people_asks_nothing_of_the_street():
    small = ["months=12", "households=2000", "replicates=1", "programmes.training.seats=40"]
    found = compare([read("training-only", small)])
    assert (found.table.decided == "").all()
    assert len(found.notes) == 0


def test_others_hold_the_rest_of_the_area_in_a_run():
    small = ["months=24", "households=2500", "replicates=1", "programmes.sedaya.seats=50"]
    table = compare([read("sedaya-package", small)]).table
    scenario = table[table.variant == "scenario"].set_index("indicator").value
    assert scenario["area_net_lifted"] == pytest.approx(
        scenario["net_lifted"] + scenario["others_net_lifted"]
    )
    assert scenario["others_profit_change"] != 0.0
    assert abs(scenario["others_profit_change_percent"]) < 5.0
    assert scenario["winners"] + scenario["losers"] > 0.0
