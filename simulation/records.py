"""What a household and an enterprise are: one NumPy record each.

Row i of the enterprises belongs to row i of the households; where a household has no enterprise
the row is there, with ``alive`` 0. Rupiah amounts are nominal; every float is a float64, so that
compiled code and plain Python agree to the bit.
"""

from typing import Any

import numpy as np

Row = Any
"""One record of one of the arrays below; its fields are those of the array's dtype."""

Records = Any
"""A whole such array (`numpy.recarray`), whose columns are its dtype's fields."""

_REAL = np.float64

HOUSEHOLD = np.dtype(
    [
        # Standing and money, owned by the rules of agents/household.py
        ("weight", _REAL),  # households of the country that this one stands for
        ("mean_income", _REAL),  # rupiah a month from work other than the firm; C1's M
        ("persistent", _REAL),  # log points; the slow state x of C1
        ("smoothed", _REAL),  # rupiah a month; smoothed income of C2
        ("savings", _REAL),  # rupiah, never negative
        ("kin_debt", _REAL),  # rupiah owed to kin, without interest
        ("debt", _REAL),  # rupiah owed to the moneylender
        ("consumption", _REAL),  # rupiah a month, the whole household, true
        ("measured", _REAL),  # rupiah a head as the last survey (March, September) saw it
        ("year_sum", _REAL),  # sum of standing over the months of the running year
        ("year_mean", _REAL),  # mean standing over the last complete year
        ("ties", _REAL),  # standard deviations from the usual
        ("motivation", _REAL),  # standard deviations from the usual
        ("casual_wage", _REAL),  # rupiah a month that the owner could earn outside the firm
        # Who and where, owned by the population
        ("ppks", np.uint32),  # one bit a category of PPKS
        ("serial", np.uint32),  # number within the district; address of its draws
        ("neighbourhood", np.uint32),
        ("district", np.uint16),  # index into the population's districts
        ("rank", np.uint16),  # of mean income within the cell, 0 poorest to 65535
        ("urban", np.uint8),
        ("members", np.uint8),
        ("workers", np.uint8),
        ("can_work", np.uint8),
        ("woman_headed", np.uint8),
        ("education", np.uint8),  # head: 0 primary or less, 1 junior, 2 senior, 3 tertiary
        ("documents", np.uint8),
        ("phone", np.uint8),
        ("account", np.uint8),
        ("frame", np.uint8),  # 0 households, 1 street people (outside P0)
        ("assistance", np.uint8),  # 1 Sembako, 2 PKH, 3 both
        ("livelihood", np.uint8),  # see LIVELIHOODS; beside a firm, if there is one
        ("sheltered", np.uint8),  # months left in a rehabilitation house
        ("visits", np.uint8),  # a mentor's, this month
        ("hours_away", np.uint8),  # given to a programme this month
        ("arisan", np.uint8),  # contributions to the arisan since the last turn
    ],
    align=True,
)

ENTERPRISE = np.dtype(
    [
        ("scale", _REAL),  # rupiah a month; usual revenue, C3's Rbar
        ("ability", _REAL),  # log points; C3's a
        ("productivity", _REAL),  # log points; C3's z
        ("practices", _REAL),  # standard deviations; C3's b
        ("information", _REAL),  # local knowledge, 0 to 1; C7's q
        ("capital", _REAL),  # rupiah
        ("profit", _REAL),  # rupiah this month, before payments to financiers
        ("smoothed_profit", _REAL),  # rupiah a month; C5's P6
        ("selling", _REAL),  # skill of selling online, 0 to 1; it does not carry over from the shop
        ("paid", _REAL),  # rupiah paid on the contract so far
        ("payment", _REAL),  # rupiah paid on the contract this month
        ("age", np.uint16),  # months since it started
        ("contract", np.uint16),  # row of the contract table; 0 none
        ("contract_age", np.uint16),  # months since the money came
        ("sector", np.uint8),  # see SECTORS
        ("product", np.uint8),  # 0 fresh, 1 finished, 2 branded
        ("stage", np.uint8),  # 0 offline, 1 chat and social commerce, 2 platform
        ("books", np.uint8),
        ("alive", np.uint8),
        ("woman", np.uint8),  # led by a woman
        ("licence", np.uint8),  # NIB
        ("channel", np.uint8),  # 1 where an intermediary sells online for the firm
        ("venture", np.uint8),  # use made of a sum: see VENTURES
        ("venture_months", np.uint8),  # that the outcome of the venture still lasts
    ],
    align=True,
)

LIVELIHOODS = ("none", "wage work", "casual work", "street work", "sheltered")
NO_WORK, WAGE_WORK, CASUAL_WORK, STREET_WORK, SHELTERED = range(5)

VENTURES = ("safe", "risky, went well", "risky, went wrong")
SAFE, WENT_WELL, WENT_WRONG = range(3)

SECTORS = ("food", "retail", "craft", "services", "agriculture")
ONLINE_MARKET = len(SECTORS)  # column of the market that clears nationally
OFFLINE, CHAT, PLATFORM = range(3)
FINISHED = 1

# What neighbours know of each other: figures of a neighbourhood at the end of last month.
NEARBY = np.dtype(
    [
        ("owing", _REAL),  # share of households that owe kin
        ("failures", _REAL),  # share of households whose firm closed
        ("practices", _REAL),  # mean practices of the firms that are open
    ],
    align=True,
)

# What the outside world is in one district in one month; made by economy.py.
PLACE = np.dtype(
    [
        ("code", np.int64),  # BPS code of the district
        ("line_urban", _REAL),  # rupiah a head and month
        ("line_rural", _REAL),
        ("growth_urban", _REAL),  # factor on usual incomes since last month
        ("growth_rural", _REAL),
        ("inflation_urban", _REAL),  # factor on the poverty line since last month
        ("inflation_rural", _REAL),
        ("tilt", _REAL),  # log points a month of growth from the richest to the poorest rank
        ("bend", _REAL),  # log points a month of growth from the middle to both ends of ranks
        ("season", _REAL),  # factor on demand
        ("work", _REAL),  # factor on the chance of finding work
        ("prices", _REAL),  # consumer prices, 1 in the month before the run
        ("sembako", _REAL),  # rupiah a family and month
        ("pkh", _REAL),
        ("survey", np.int64),  # 1 in the months in which Susenas measures
        ("year_start", np.int64),  # 1 in the first month of a year of the run
        ("year_end", np.int64),  # 1 in the last month of a year of the run
    ],
    align=True,
)

# The payoff table: terms of the contracts in force, whatever they are called; row 0 is "none".
# See `programmes.terms.Finance`.
CONTRACT = np.dtype(
    [
        ("amount", _REAL),  # rupiah
        ("share", _REAL),  # of reported profit
        ("floor", _REAL),  # rupiah a month, least payment where a share is due
        ("instalment", _REAL),  # rupiah a month, fixed; what is missed stays due
        ("ceiling", _REAL),  # rupiah, all payments together
        ("buy_back", _REAL),  # rupiah, for which the owner may end the contract; 0 never
        ("security", _REAL),  # part of wilful missing that security and meetings prevent
        ("term", np.int64),  # months
        ("grace", np.int64),  # months
    ],
    align=True,
)
