import numpy as np
import pytest

from simulation.records import CONTRACT, ENTERPRISE, HOUSEHOLD, LIVELIHOODS, PLACE, SECTORS

RECORDS = {
    "household": HOUSEHOLD,
    "enterprise": ENTERPRISE,
    "place": PLACE,
    "contract": CONTRACT,
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


def test_whole_numbers_of_people_are_small_and_unsigned():
    for record in (HOUSEHOLD, ENTERPRISE):
        whole = [record[name] for name in record.names if record[name].kind != "f"]
        assert {dtype.kind for dtype in whole} == {"u"}
        assert max(dtype.itemsize for dtype in whole) == 4 or record is ENTERPRISE


def test_no_name_is_both_a_household_and_an_enterprise_field():
    assert not set(HOUSEHOLD.names) & set(ENTERPRISE.names)


def test_kinds_fit_their_bytes():
    assert len(LIVELIHOODS) <= 256
    assert len(SECTORS) <= 256
