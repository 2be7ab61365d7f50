"""What providers, mentors and investors have in common: they are few and ordinary Mesa agents."""

import itertools
import weakref
from collections.abc import Iterator
from typing import Any

import mesa


class _Numbers(weakref.WeakKeyDictionary[Any, Iterator[int]]):
    """Counters by model that do not keep the model alive, as Mesa 3.3's own would."""

    def __getitem__(self, model: Any) -> Iterator[int]:  # noqa: ANN401
        if model not in self:
            taken = [agent.unique_id for agent in model.agents]
            self[model] = itertools.count(max(taken, default=0) + 1)
        return super().__getitem__(model)


class Institution(mesa.Agent):
    """An agent with money of its own, registered with the model."""

    _ids = _Numbers()
