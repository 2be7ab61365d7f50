"""Every rupiah that moves: what kind of flow it is, who paid and who received.

The rules post each flow once, at the weight of the household. The accounts below say what a flow
does to each stock, so that a month closes: opening stock + flows = closing stock.
"""

from collections.abc import Mapping

import numpy as np

(
    WAGES,
    STREET_TAKINGS,
    ASSISTANCE,
    REVENUE,
    COSTS,
    PROFIT,
    CAPITAL_WORN,
    CAPITAL_STOLEN,
    INVESTED,
    LIQUIDATED,
    LOST_IN_SALE,
    WOUND_UP,
    LOST_IN_CLOSING,
    CONSUMED,
    RELIEF,
    MEDICAL,
    KIN_LENT,
    KIN_REPAID,
    LENDER_LENT,
    LENDER_INTEREST,
    LENDER_REPAID,
    LENDER_LOST,
    CONTRACT_PAID,
    ARISAN_PAID,
    ARISAN_DRAWN,
) = range(25)
LIFE_FLOWS = 25
"""Flows below are posted by the month of a household, each at most once, so that sums do not
depend on who adds them; those that follow by institutions."""

(
    GIVEN,
    FUNDED_BY_GOVERNMENT,
    FUNDED_BY_DONOR,
    FUNDED_BY_INVESTOR,
    PROGRAMME_SPENT,
    MENTORS_PAID,
    FEES_PAID,
    REWARDED,
    KEPT,
    CASH_PAID,
    ATTENDANCE_COST,
    INVESTED_BY_GOVERNMENT,
    INVESTED_BY_DONOR,
    FINANCED_ENTERPRISE,
    FINANCED_HOUSEHOLD,
    GROUP_COVERED,
    RETURNED_TO_GOVERNMENT,
    RETURNED_TO_DONOR,
    GUARANTEE_PAID,
    OUTCOME_PAID_BY_GOVERNMENT,
    OUTCOME_PAID_BY_DONOR,
    SUBSIDY_PAID,
) = range(LIFE_FLOWS, LIFE_FLOWS + 22)
N_FLOWS = LIFE_FLOWS + 22

NAMES = (
    "wages",
    "street takings",
    "assistance",
    "revenue",
    "costs",
    "profit",
    "capital worn",
    "capital stolen",
    "invested",
    "liquidated",
    "lost in sale",
    "wound up",
    "lost in closing",
    "consumed",
    "relief",
    "medical",
    "kin lent",
    "kin repaid",
    "lender lent",
    "lender interest",
    "lender repaid",
    "lender lost",
    "contract paid",
    "arisan paid",
    "arisan drawn",
    "given",
    "funded by government",
    "funded by donor",
    "funded by investor",
    "programme spent",
    "mentors paid",
    "fees paid",
    "rewarded",
    "kept",
    "cash paid",
    "attendance cost",
    "invested by government",
    "invested by donor",
    "financed enterprise",
    "financed household",
    "group covered",
    "returned to government",
    "returned to donor",
    "guarantee paid",
    "outcome paid by government",
    "outcome paid by donor",
    "subsidy paid",
)

# Flow -> sector that pays, sector that receives (money or goods at their worth). "investors" are
# the funds that finance enterprises, whoever's money they hold.
SECTORS: dict[int, tuple[str, str]] = {
    WAGES: ("rest of the world", "households"),
    STREET_TAKINGS: ("rest of the world", "households"),
    ASSISTANCE: ("government", "households"),
    REVENUE: ("rest of the world", "enterprises"),
    COSTS: ("enterprises", "rest of the world"),
    PROFIT: ("enterprises", "households"),
    CAPITAL_WORN: ("enterprises", "rest of the world"),
    CAPITAL_STOLEN: ("enterprises", "rest of the world"),
    INVESTED: ("households", "enterprises"),
    LIQUIDATED: ("enterprises", "households"),
    LOST_IN_SALE: ("enterprises", "rest of the world"),
    WOUND_UP: ("enterprises", "households"),
    LOST_IN_CLOSING: ("enterprises", "rest of the world"),
    CONSUMED: ("households", "rest of the world"),
    RELIEF: ("rest of the world", "households"),
    MEDICAL: ("households", "rest of the world"),
    KIN_LENT: ("rest of the world", "households"),
    KIN_REPAID: ("households", "rest of the world"),
    LENDER_LENT: ("rest of the world", "households"),
    LENDER_REPAID: ("households", "rest of the world"),
    CONTRACT_PAID: ("households", "investors"),
    ARISAN_PAID: ("households", "arisan"),
    ARISAN_DRAWN: ("arisan", "households"),
    GIVEN: ("government", "households"),
    FUNDED_BY_GOVERNMENT: ("government", "providers"),
    FUNDED_BY_DONOR: ("donors", "providers"),
    FUNDED_BY_INVESTOR: ("investors", "providers"),
    PROGRAMME_SPENT: ("providers", "rest of the world"),
    MENTORS_PAID: ("providers", "rest of the world"),
    FEES_PAID: ("households", "providers"),
    REWARDED: ("providers", "households"),
    KEPT: ("providers", "households"),
    CASH_PAID: ("providers", "households"),
    ATTENDANCE_COST: ("households", "rest of the world"),
    INVESTED_BY_GOVERNMENT: ("government", "investors"),
    INVESTED_BY_DONOR: ("donors", "investors"),
    FINANCED_ENTERPRISE: ("investors", "enterprises"),
    FINANCED_HOUSEHOLD: ("investors", "households"),
    GROUP_COVERED: ("households", "investors"),
    RETURNED_TO_GOVERNMENT: ("investors", "government"),
    RETURNED_TO_DONOR: ("investors", "donors"),
    GUARANTEE_PAID: ("government", "investors"),
    OUTCOME_PAID_BY_GOVERNMENT: ("government", "investors"),
    OUTCOME_PAID_BY_DONOR: ("donors", "investors"),
    SUBSIDY_PAID: ("government", "investors"),
}

# What is owed: these move together with, or instead of, money.
CLAIMS: dict[str, dict[int, int]] = {
    "owed to kin": {KIN_LENT: 1, KIN_REPAID: -1},
    "owed to moneylenders": {
        LENDER_LENT: 1,
        LENDER_INTEREST: 1,
        LENDER_REPAID: -1,
        LENDER_LOST: -1,
    },
}


def changes(flows: np.ndarray) -> Mapping[str, float]:
    """Return what a month's flows do to each stock.

    Parameters
    ----------
    flows : numpy.ndarray
        One amount (rupiah) a flow, shape (N_FLOWS,).

    Returns
    -------
    mapping
        Change by stock: the sectors' money (for enterprises their working capital) and the
        claims on households, in rupiah.
    """
    change: dict[str, float] = {}
    for flow, (payer, receiver) in SECTORS.items():
        change[payer] = change.get(payer, 0.0) - float(flows[flow])
        change[receiver] = change.get(receiver, 0.0) + float(flows[flow])
    for claim, signs in CLAIMS.items():
        change[claim] = sum(sign * float(flows[flow]) for flow, sign in signs.items())
    return change
