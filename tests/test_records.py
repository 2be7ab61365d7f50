import numpy as np
import pytest

from simulation.records import (
    CASUAL_WORK,
    CONTRACT,
    ENTERPRISE,
    HOUSEHOLD,
    LIVELIHOODS,
    NEARBY,
    NO_WORK,
    PLACE,
    SAFE,
    SHELTERED,
    STREET_WORK,
    VENTURES,
    WENT_WELL,
    WENT_WRONG,
)

RECORDS = {
    "household": HOUSEHOLD,
    "enterprise": ENTERPRISE,
    "place": PLACE,
    "contract": CONTRACT,
    "nearby": NEARBY,
}
each_record = pytest.mark.parametrize("record", RECORDS.values(), ids=RECORDS)


@each_record
def test_no_field_means_something_else_to_numpy(record):
    assert not set(record.names) & {*dir(np.record), *dir(np.recarray)}


@each_record
def test_every_float_is_a_float64_where_the_machine_wants_it(record):
    assert record.isalignedstruct
    for name in record.names:
        assert record[name].shape == ()
        if record[name].kind not in "ui":
            assert record[name] == np.float64, name


def test_a_household_and_its_enterprise_take_at_most_256_bytes():
    assert HOUSEHOLD.itemsize + ENTERPRISE.itemsize <= 256


@pytest.mark.parametrize("record", [HOUSEHOLD, ENTERPRISE])
def test_whole_numbers_of_people_are_small_and_unsigned(record):
    whole = [record[name] for name in record.names if record[name] != np.float64]
    assert all(dtype.kind == "u" and dtype.itemsize <= 4 for dtype in whole)


def test_no_name_is_both_a_household_and_an_enterprise_field():
    assert not set(HOUSEHOLD.names) & set(ENTERPRISE.names)


def test_livelihoods_have_the_names_of_their_numbers():
    assert LIVELIHOODS[NO_WORK] == "none"
    assert LIVELIHOODS[CASUAL_WORK] == "casual work"
    assert LIVELIHOODS[STREET_WORK] == "street work"
    assert LIVELIHOODS[SHELTERED] == "sheltered"


def test_ventures_have_the_names_of_their_numbers():
    assert VENTURES[SAFE] == "safe"
    assert VENTURES[WENT_WELL] == "risky, went well"
    assert VENTURES[WENT_WRONG] == "risky, went wrong"
