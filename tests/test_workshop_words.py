import pytest

from scenarios.runs.effects import RATIOS
from scenarios.words.labels import LANGUAGES
from scenarios.workshop import cells, choices, lives
from scenarios.workshop.page import LESS, MORE, data_of, words

OFFER = choices.offer()
KINDS = {
    "place": OFFER.places,
    "people": OFFER.people,
    "shock": OFFER.shocks,
    "archetype": OFFER.archetypes,
    "selection": OFFER.selections,
    "instrument": OFFER.terms,
    "lever": choices.LEVERS,
    "life": lives.KINDS,
    "indicator": [each.name for each in cells.ON_PAGE],
    "group": {each.group for each in cells.ON_PAGE},
    "unit": {each.unit for each in cells.ON_PAGE},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_the_page_names_has_words(language):
    known = words(language, OFFER)
    named = {f"{kind}.{name}" for kind, names in KINDS.items() for name in names}
    named |= {*lives.EVENTS, *(word for part in lives.WHO.values() for word in part)}
    assert named <= set(known)
    assert all(isinstance(word, str) or word["text"] for word in known.values())


def test_a_kit_has_no_words_of_other_places():
    known = words("id", choices.Offer(("Bali",)))
    assert {name for name in known if name.startswith("place.")} == {"place.Bali"}


def test_an_indicator_is_better_higher_or_lower_or_neither():
    assert not set(MORE) & set(LESS)
    assert {*MORE, *LESS} <= {each.name for each in cells.ON_PAGE}
    told = {each["name"]: each for each in data_of("live", "id", OFFER, "x", 10)["indicators"]}
    assert told["net_lifted"]["better"] == "more"
    assert told["street_change"]["better"] == "less"
    assert told["participants"]["better"] is None
    assert told["claimed_lifted"]["better"] is None
    assert {name for name, each in told.items() if "ratio" in each} == set(RATIOS)


def test_the_page_knows_what_it_takes_to_do_it_again():
    data = data_of("live", "en", OFFER, "berdaya workshop", 100)
    about = data["about"]
    assert (about["command"], about["seed"], about["replicates"]) == ("berdaya workshop", 1, 100)
    assert set(about["versions"]) == {"berdaya", "figures"}
    assert 0 < data["unsourced"]["without"] < data["unsourced"]["all"]
    assert len(data["not_modelled"]) >= 5
