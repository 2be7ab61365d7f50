"""Who hears of a programme, joins, stays, is served twice, goes on; papers, house, mentors, women.

Statistical checks fail a right model once in a million seeds; seeds are fixed.
"""

import numpy as np
import pytest
from scipy.stats import binomtest

from simulation.programmes.programme import Programme
from simulation.records import CHAT, OFFLINE, PLATFORM, SHELTERED, STREET_WORK
from tests.worlds import in_step, model, people

RARELY = 1e-6
ISLANDS = "Kab. Kepulauan Seribu"
OWNERS = {"group": "enterprise owners"}
STREET = {"group": "street people", "standing_below": 20}


def programme(name="tried", target=OWNERS, starts=0, seats=100, **said):
    parts = {"overhead": 0.0, **said}
    if not {"training", "documents", "rehabilitation", "onboarding", "finance"} & set(said):
        parts["cash"] = {"amount": 0.0}
    return Programme.model_validate(
        {"name": name, "target": target, "starts": starts, "seats": seats, **parts}
    )


def run_of(*programmes, months=6, area=ISLANDS, households="all", **changes):
    return model(programmes, people(area, households), changes=changes, months=months).run()


# Hearing of it


def enrolled_with(**said):
    (provider,) = run_of(programme(seats=100_000, **said), months=1).providers
    return provider.enrolled


def test_reach_is_the_share_that_hears():
    everyone, some = enrolled_with(), enrolled_with(reach=0.3)
    assert set(some) < set(everyone)
    assert binomtest(len(some), len(everyone), 0.3).pvalue > RARELY


def test_partners_bring_contacts():
    alone, together = enrolled_with(reach=0.3), enrolled_with(reach=0.3, practices={"partners": 3})
    assert set(alone) < set(together)


@pytest.mark.parametrize(
    "practices",
    [
        {"community_leaders": True},
        {"tells": "benefit"},
        {"rewards": "joining", "reward": 1e6},
    ],
)
def test_what_makes_people_join_lets_more_apply(practices):
    assert set(enrolled_with()) < set(enrolled_with(practices=practices))


def test_telling_the_effort_lets_fewer_apply_and_more_stay():
    told = {"tells": "benefit and effort"}
    assert len(enrolled_with(practices=told)) < len(enrolled_with(practices={"tells": "benefit"}))
    course = {"modules": 6, "cost": 0.0}
    stays = [
        run_of(programme(seats=300, training=course, practices=how), months=7).providers[0]
        for how in ({"tells": "benefit"}, told)
    ]
    assert np.mean(stays[0].cohorts[0].active) < np.mean(stays[1].cohorts[0].active)


def twice(lists, months=24):
    """Return the providers of two programmes that find their people in this way."""
    said = {"seats": 60, "reach": 0.15, "lists": lists, "every": 3, "intakes": 4}
    return run_of(
        programme("one", organiser="local government", **said),
        programme("two", starts=6, organiser="local government", **said),
        months=months,
    ).providers


def test_without_a_shared_database_the_same_are_invited_again_and_others_missed():
    own, shared = twice("own list"), twice("shared database")
    assert sum(provider.again for provider in own) > 0
    assert sum(provider.again for provider in shared) == 0
    reached = [len(np.unique(np.concatenate([p.enrolled for p in each]))) for each in (own, shared)]
    assert reached[0] < reached[1]


def test_an_own_list_invites_the_same_people_again():
    said = {"seats": 100_000, "lists": "own list", "reach": 0.3, "organiser": "NGO"}
    one, other = run_of(
        programme("one", **said), programme("other", starts=1, **said), months=2
    ).providers
    again = len(set(one.enrolled) & set(other.enrolled)) / len(other.enrolled)
    assert again > 0.55, "of independent lists of 30% a fifth of those who apply would be on both"


def test_only_those_who_completed_and_find_it_go_on():
    course = {"modules": 3, "cost": 0.0}
    first = programme("first", training=course, seats=300)
    after = programme("after", starts=6, follows="first", reach=0.4, seats=100_000)
    found = programme("after", starts=6, follows="first", lists="shared database", seats=100_000)
    went_on = []
    for following in (after, found):
        one, two = run_of(first, following, months=8).providers
        (cohort,) = one.cohorts
        assert set(two.enrolled) <= set(cohort.rows[cohort.completed])
        went_on.append(len(two.enrolled))
    assert 0 < went_on[0] < went_on[1]


# Staying and learning


def learnt(**said):
    course = {"modules": 3, "cost": 0.0}
    run = run_of(programme(training=course, **said), months=4)
    return run.population.enterprises.practices[run.providers[0].enrolled].mean()


@pytest.mark.parametrize(
    ("practices", "more"),
    [
        ({"curation": True}, True),
        ({"hands_on": True}, True),
        ({"local_language": True}, True),
        ({"aftercare": 3}, True),
        ({"delivery": "online"}, False),
    ],
)
def test_what_a_practice_changes_is_what_is_learnt(practices, more):
    assert (learnt(practices=practices) > learnt()) == more


def test_evaluation_makes_later_intakes_better():
    course = {"modules": 1, "cost": 0.0}
    said = {"training": course, "intakes": 4, "every": 1, "seats": 40}
    plain, better = (
        run_of(programme(practices={"evaluation": on}, **said), months=5) for on in (False, True)
    )
    first, *_, last = better.providers[0].cohorts
    e, e_plain = (run.population.enterprises.practices for run in (better, plain))
    np.testing.assert_array_equal(e[first.rows], e_plain[first.rows])
    assert e[last.rows].sum() > e_plain[last.rows].sum()


def test_a_fee_is_paid_by_participants_and_spares_the_payers():
    course = {"modules": 2, "cost": 1e6, "fee": 4e5}
    run = run_of(programme(training=course, seats=50), months=4)
    assert run.providers[0].cost == pytest.approx(50 * 6e5)


def test_rewards_go_to_whom_they_are_promised():
    course = {"modules": 2, "cost": 0.0}
    for kind in ("joining", "completion"):
        how = {"rewards": kind, "reward": 3e5}
        (provider,) = run_of(programme(training=course, practices=how), months=4).providers
        (cohort,) = provider.cohorts
        rewarded = len(cohort.rows) if kind == "joining" else cohort.completed.sum()
        assert provider.cost == pytest.approx(3e5 * rewarded)


# Mentors


def test_who_earns_more_than_the_minimum_wage_for_months_is_let_go():
    mentoring = {"visits": 1, "months": 12, "caseload": 10, "wage": 1e6}
    visited = {}
    for exit_income in (0, 0.5):
        terms = programme(
            seats=60,
            training={"modules": 1, "cost": 0.0},
            mentoring={**mentoring, "exit_income": exit_income, "exit_after": 4},
        )
        run = model([terms], people(), months=10)
        for _ in in_step(run):
            pass
        mentors = run.providers[0].cohorts[0].mentors
        visited[exit_income] = {row for mentor in mentors for row in mentor.rows}
    h = run.population.households
    wage = run.world.minimum_wage[run.month - 1][h.district]
    let_go = sorted(visited[0] - visited[0.5])
    assert let_go
    assert (h.smoothed[let_go] > 0.5 * wage[let_go]).mean() > 0.8


# Papers


def test_about_half_prove_to_be_registered_and_the_others_wait():
    drive = {"cost": 1e5, "wait": 3, "account": True}
    target = {"group": "households", "standing_below": 20, "without_documents": True}
    run = model([programme(target=target, seats=10**6, documents=drive)], people(ISLANDS, "all"))
    run.step()
    rows = run.providers[0].enrolled
    h = run.population.households
    now = int(h.documents[rows].sum())
    assert binomtest(now, len(rows), run.parameters[0].registered).pvalue > RARELY
    run.step(), run.step(), run.step()
    assert h.documents[rows].all()
    assert h.account[rows].all()


def test_papers_open_the_door_to_credit():
    loan = {"instrument": "microcredit", "amount": 5e6, "after": 1, "requires": ["documents"]}
    run = model([programme(seats=120, finance=loan)], people(), months=3)
    run.population.households["documents"][::2] = 0
    run.run()
    (cohort,) = run.providers[0].cohorts
    assert cohort.financed.any()
    assert (cohort.rows[cohort.financed] % 2 == 1).all()


# The house


def test_a_house_never_holds_more_than_its_places_and_nobody_is_taken_by_force():
    house = {"places": 7, "stay": 3, "cost": 2e6, "keep": 1e6}
    terms = programme(target=STREET, seats=40, rehabilitation=house)
    run = model([terms], people(), months=12)
    stayed = set()
    for _ in in_step(run):
        h = run.population.households
        inside = np.flatnonzero(h.livelihood == SHELTERED)
        assert h.weight[inside].sum() <= 7 + 1e-6
        stayed |= set(inside.tolist())
    assert len(stayed) > 7
    assert stayed <= set(run.providers[0].enrolled.tolist())


def test_who_moves_in_was_on_the_street_and_leaves_when_the_stay_is_over():
    house = {"places": 5, "stay": 2, "cost": 2e6, "keep": 1e6}
    run = model([programme(target=STREET, seats=40, rehabilitation=house)], people(), months=8)
    inside_before: set[int] = set()
    for _ in in_step(run):
        h = run.population.households
        inside = set(np.flatnonzero(h.sheltered > 0).tolist())
        assert len(inside & inside_before) <= 5
        inside_before = inside
    assert (run.population.households.livelihood != STREET_WORK).any()


# Selling online


def test_help_with_selling_online_brings_those_who_can_and_dare():
    run = run_of(programme(seats=200, onboarding={"stage": "platform", "cost": 1e5}), months=1)
    h, e = run.population.households, run.population.enterprises
    before = people(ISLANDS, "all").enterprises.stage
    rows = run.providers[0].enrolled
    moved = rows[(e.stage[rows] == PLATFORM) & (before[rows] < PLATFORM)]
    assert 0 < len(moved) < len(rows)
    assert h.phone[moved].all()
    assert h.account[moved].all()
    assert ((e["product"][moved] > 0) | (e.sector[moved] == 0)).all()
    assert (e.selling[moved] > 0).all()
    assert not e.channel[moved].any()


def test_an_intermediary_takes_fear_and_spares_the_skill():
    said = {"seats": 200}
    alone, agency = (
        run_of(
            programme(onboarding={"stage": "chat", "cost": 0.0, "intermediary": on}, **said),
            months=1,
        )
        for on in (False, True)
    )
    count = [int((run.population.enterprises.stage == CHAT).sum()) for run in (alone, agency)]
    assert count[0] < count[1]
    e = agency.population.enterprises
    new = (e.stage == CHAT) & (people(ISLANDS, "all").enterprises.stage == OFFLINE)
    assert e.channel[new].all()
    assert not e.selling[new].any()


# Women


def financed(**said):
    loan = {"instrument": "micro equity", "amount": 5e6, "after": 0}
    run = run_of(programme(seats=400, finance=loan, **said), months=1)
    (cohort,) = run.providers[0].cohorts
    married = run.married_women(cohort.rows)
    return cohort, married, run


def test_husbands_who_do_not_agree_keep_women_from_credit_and_talks_change_some():
    cohort, married, run = financed()
    asked = binomtest(
        int(cohort.financed[married].sum()), int(married.sum()), run.parameters[0].consent
    )
    assert asked.pvalue > RARELY
    assert cohort.financed[~married].all()
    talked, married, _ = financed(women={"consent": True})
    assert cohort.financed[married].sum() < talked.financed[married].sum()


def test_a_grant_needs_nobodys_consent():
    grant = {"instrument": "grant", "amount": 5e6, "after": 0}
    (provider,) = run_of(programme(seats=400, finance=grant), months=1).providers
    assert provider.cohorts[0].financed.all()


def test_part_of_a_married_womans_sum_is_diverted_and_less_of_it_to_her_own_account():
    kept = []
    for women in ({}, {"own_account": True}):
        grant = {"instrument": "grant", "amount": 5e6, "after": 0}
        terms = programme(seats=400, finance=grant, women=women)
        run = model([terms], people(ISLANDS, "all"), months=1)
        before = run.population.enterprises.capital.copy()
        run.begin_month()
        rows = run.providers[0].enrolled
        got = run.population.enterprises.capital[rows] - before[rows]
        married = run.married_women(rows)
        assert got[married].mean() < got[~married].mean()
        kept.append(got[married].mean())
    assert kept[0] < kept[1]


def test_childcare_is_paid_for_women_who_come():
    course = {"modules": 2, "cost": 0.0}
    terms = programme(training=course, women={"childcare": 1e5}, seats=60)
    (provider,) = run_of(terms, months=3).providers
    (cohort,) = provider.cohorts
    women = people(ISLANDS, "all").enterprises.woman[cohort.rows] == 1
    assert provider.cost == pytest.approx(1e5 * cohort.sessions[women].sum())


# Selecting easy successes


@pytest.mark.parametrize("kpi", ["completion", "growth", "poverty"])
def test_a_provider_paid_by_its_kpi_picks_others_than_one_who_looks_at_need(kpi):
    by_need = run_of(programme(selection="need", seats=30), months=1).providers[0]
    easy = run_of(programme(selection="easy successes", kpi=kpi, seats=30), months=1).providers[0]
    needs = [each.cohorts[0].standing_before.mean() for each in (by_need, easy)]
    assert needs[0] < needs[1]
