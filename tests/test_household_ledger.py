"""A household's own books close: what its stocks changed by is what its flows say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulation import draws, ledger
from simulation.life import live
from simulation.population import no_demand_change, strangers
from simulation.records import LIVELIHOODS, VENTURES
from tests.households import CONTRACTS, EVENTFUL, anyone, eventful_parameters, places

STOCKS = {
    "households": lambda people: people.households.savings,
    "enterprises": lambda people: people.enterprises.capital,
    "owed to kin": lambda people: people.households.kin_debt,
    "owed to moneylenders": lambda people: people.households.debt,
    "arisan": lambda people: people.households.arisan * EVENTFUL["arisan_contribution"],
}
EFFECTS = {
    stock: np.array([ledger.changes(flow)[stock] for flow in np.eye(ledger.N_FLOWS)])
    for stock in STOCKS
}
"""What one rupiah of each flow does to a stock."""
CLOSE = 1e-9  # of all flows of the household


def money(most):
    return st.just(0.0) | st.floats(1.0, most)


def yes_or_no():
    return st.integers(0, 1)


HOUSEHOLD = {
    "mean_income": st.floats(0.0, 1e8),
    "persistent": st.floats(-1.5, 1.5),
    "smoothed": st.floats(1.0, 1e8),
    "savings": money(1e9),
    "kin_debt": money(1e8),
    "debt": money(1e8),
    "casual_wage": st.floats(0.0, 2e7),
    "ties": st.floats(-4.0, 4.0),
    "motivation": st.floats(-4.0, 4.0),
    "rank": st.integers(0, 65535),
    "members": st.integers(1, 12),
    "workers": st.integers(0, 6),
    "assistance": st.integers(0, 3),
    "livelihood": st.integers(0, len(LIVELIHOODS) - 1),
    "sheltered": st.integers(0, 255),
    "arisan": st.integers(0, 255),
    "serial": st.integers(0, 2**32 - 1),
    "visits": st.integers(0, 8),
    "hours_away": st.integers(0, 255),
    **{name: yes_or_no() for name in ("urban", "can_work", "documents", "frame")},
}
ENTERPRISE = {
    "scale": st.floats(1e4, 1e9),
    "ability": st.floats(-2.0, 2.0),
    "productivity": st.floats(-2.0, 2.0),
    "practices": st.floats(-3.0, 3.0),
    "information": st.floats(0.0, 1.0),
    "capital": money(1e9),
    "smoothed_profit": st.floats(-1e8, 1e9),
    "selling": st.floats(0.0, 1.0),
    "paid": st.floats(0.0, 3e6),
    "age": st.integers(0, 600),
    "contract": st.integers(0, len(CONTRACTS) - 1),
    "contract_age": st.integers(0, 200),
    "sector": st.integers(0, 4),
    "product": st.integers(0, 2),
    "stage": st.integers(0, 2),
    "venture": st.integers(0, len(VENTURES) - 1),
    "venture_months": st.integers(0, 24),
    **{name: yes_or_no() for name in ("alive", "books", "woman", "channel")},
}


def alone(people):
    """Return the same people at weight 1, each row a block, so that each has sums of its own."""
    people.households.weight = 1.0
    rows = np.arange(len(people))
    district, frame = people.households.district, people.households.frame
    people.blocks = np.column_stack([rows, rows + 1, district, frame])
    people.households.neighbourhood = rows
    people.nearby = strangers(people.households)
    for known in people.nearby.dtype.names:
        people.nearby[known] = np.linspace(0.0, 1.0, len(people))
    return people


def live_alone(people, seed, month):
    """Let everyone live a month; return flows by household and what they leave unexplained."""
    p = eventful_parameters()
    opening = {stock: held(people).copy() for stock, held in STOCKS.items()}
    key = draws.branch_key(seed, 0, draws.LIFE)
    sums = live(people, places(month), no_demand_change(2), CONTRACTS, p, key, month)
    flows = sums[:, : ledger.N_FLOWS]
    return flows, {stock: held(people) - opening[stock] for stock, held in STOCKS.items()}


def open_ends(flows, changes):
    """Tell for each household whether some stock changed by other than its flows."""
    allowed = CLOSE * np.maximum(np.abs(flows).sum(axis=1), 1.0)
    return np.any(
        [np.abs(changes[stock] - flows @ EFFECTS[stock]) > allowed for stock in STOCKS], axis=0
    )


@given(
    st.fixed_dictionaries(HOUSEHOLD),
    st.fixed_dictionaries(ENTERPRISE),
    st.integers(0, 2**63),
    st.integers(0, 119),
)
def test_any_month_of_any_household_closes_and_leaves_sound_stocks(home, firm, seed, month):
    people = alone(anyone(4))
    for record, state in ((people.households, home), (people.enterprises, firm)):
        for name, value in state.items():
            record[name][0] = value
    flows, changes = live_alone(people, seed, month)
    assert not open_ends(flows, changes).any()
    for stock, held in STOCKS.items():
        assert held(people).min() >= 0.0, stock
    assert people.households.consumption.min() > 0.0
    for records in (people.households, people.enterprises):
        assert all(np.isfinite(records[name]).all() for name in records.dtype.names)


@pytest.fixture(scope="module")
def month_of_many():
    return live_alone(alone(anyone(4000)), seed=1, month=0)


def test_the_books_of_many_households_close(month_of_many):
    assert not open_ends(*month_of_many).any()


@pytest.mark.parametrize("flow", range(ledger.LIFE_FLOWS), ids=ledger.NAMES[: ledger.LIFE_FLOWS])
def test_without_any_one_posting_they_do_not_close(month_of_many, flow):
    flows, changes = month_of_many
    forgotten = flows.copy()
    forgotten[:, flow] = 0.0
    assert open_ends(forgotten, changes).any()


def test_a_month_posts_no_flow_of_an_institution(month_of_many):
    flows, _ = month_of_many
    assert not flows[:, ledger.LIFE_FLOWS :].any()
    assert flows.min(axis=0)[np.arange(ledger.N_FLOWS) != ledger.PROFIT].min() >= 0.0


def test_each_flow_has_a_name_and_two_sectors_or_moves_a_claim():
    claimed = {flow for signs in ledger.CLAIMS.values() for flow in signs}
    assert len(ledger.NAMES) == len(set(ledger.NAMES)) == ledger.N_FLOWS
    assert set(ledger.SECTORS) | claimed == set(range(ledger.N_FLOWS))
    assert all(payer != receiver for payer, receiver in ledger.SECTORS.values())


@given(st.lists(st.floats(-1e12, 1e12), min_size=ledger.N_FLOWS, max_size=ledger.N_FLOWS))
def test_what_one_sector_pays_another_receives(flows):
    change = ledger.changes(np.array(flows))
    sectors = {name for pair in ledger.SECTORS.values() for name in pair}
    total = sum(change[sector] for sector in sectors)
    assert total == pytest.approx(0.0, abs=1e-9 * (1.0 + np.abs(flows).sum()))
