"""What is measured: poverty, inequality, firms; and what the month adds up as it goes."""

from simulation.ledger import N_FLOWS
from simulation.records import ONLINE_MARKET

# Sums that the month of a household adds to, after the flows; weighted by households or persons.
(
    HOUSEHOLDS,
    PERSONS,
    POOR,
    POVERTY_GAP,
    POVERTY_SEVERITY,
    STANDING,
    SMOOTHED_INCOME,
    ENTERPRISES,
    STARTED,
    CLOSED,
    ON_STREET,
    RETURNED,
    REHABILITATED,
    INDEBTED,
    SEEKERS,
    NOT_FINITE,
    SUPPLY,
) = range(N_FLOWS, N_FLOWS + 17)
N_SUMS = SUPPLY + ONLINE_MARKET + 1
