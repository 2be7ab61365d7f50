"""Sets of households and of enterprises, as Mesa's ``AgentSet`` but over rows.

Mesa's own sets hold agents weakly: views made on demand would vanish from them without a word.
A set here holds row numbers instead. Named fields are handled as whole columns; only a callable
gets to see views.
"""

import copy
import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence, Set
from itertools import islice
from operator import attrgetter, index
from typing import Any, Literal, NoReturn, Self, TypeGuard, TypeVar, overload

import mesa
import numpy as np
from mesa.agent import AgentSet
from numpy.typing import NDArray

try:
    from mesa.agentset import GroupBy
except ImportError:  # Mesa before 3.5
    from mesa.agent import GroupBy

from simulation.recordagent import RecordAgent, column_of, fitting, no_field

__all__ = ["RecordAgent", "RecordSet"]

T = TypeVar("T")
Rows = NDArray[np.intp]


class RecordSet(AgentSet):
    """An ordered set of rows that behaves as Mesa documents for its ``AgentSet``.

    Membership changes only through ``inplace`` (select, shuffle, sort). NumPy's own functions get
    a whole column in `agg`, any other function a list of plain Python numbers.

    Parameters
    ----------
    model
        Its ``population`` has the record array.
    agent_class
        What the rows are views of.
    rows
        Row numbers from 0, or a slice; all rows when left out. Repeated rows count once.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> class Home(RecordAgent, dtype=np.dtype([("income", "f8")])):
    ...     kind = "homes"
    >>> homes = np.rec.array([(2.0,), (5.0,), (8.0,)], dtype=[("income", "f8")])
    >>> model = SimpleNamespace(population=SimpleNamespace(homes=homes))
    >>> poor = RecordSet(model, Home).select(lambda home: home.income < 6)
    >>> len(poor), poor.get("income"), float(poor.agg("income", np.mean))
    (2, [2.0, 5.0], 3.5)
    """

    random = property(attrgetter("model.random"), doc="The model's; only `shuffle` draws from it.")

    def __init__(
        self, model: mesa.Model, agent_class: type[RecordAgent], rows: slice | Rows = slice(None)
    ) -> None:
        self.model = model
        self.agent_class = agent_class
        count = len(getattr(model.population, agent_class.kind))
        self._rows = _consecutive(rows, count) if isinstance(rows, slice) else _once(rows, count)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._rows)

    def __iter__(self) -> Iterator[RecordAgent]:
        """Yield one view after another."""
        return (self.agent_class(self.model, row) for row in _plain(self._rows))

    def __contains__(self, agent: object) -> bool:
        """Tell whether the agent is a view of one of the rows."""
        return self._related(agent) and agent.row in self._rows

    @overload
    def __getitem__(self, item: int) -> RecordAgent: ...
    @overload
    def __getitem__(self, item: slice) -> list[RecordAgent]: ...
    def __getitem__(self, item: int | slice) -> RecordAgent | list[RecordAgent]:
        """Return the agent at a place, or the list of those in a slice."""
        if isinstance(item, slice):
            return self._over(self._rows[item]).to_list()
        return self.agent_class(self.model, self._rows[index(item)])

    def to_list(self) -> list[RecordAgent]:
        """Return a view of each row."""
        return list(self)

    def select(
        self,
        filter_func: Callable[[RecordAgent], bool] | None = None,
        at_most: float = math.inf,
        inplace: bool = False,
        agent_type: type[mesa.Agent] | None = None,
    ) -> "RecordSet":
        """Return the agents for which `filter_func` holds, in their order.

        Parameters
        ----------
        filter_func
            Told one view at a time.
        at_most
            A number of agents; a float up to 1 is a share of this set, rounded down.
        inplace
            Change this set rather than return a new one.
        agent_type
            Only agents of this class.
        """
        if isinstance(at_most, float) and at_most <= 1:
            at_most = int(len(self) * at_most)
        limit = max(0, math.ceil(min(len(self), at_most)))
        if agent_type and not issubclass(self.agent_class, agent_type):
            limit = 0
        if filter_func is None:
            return self._over(self._rows[:limit], inplace)
        found = (agent.row for agent in self if filter_func(agent))
        return self._over(np.fromiter(islice(found, limit), np.intp), inplace)

    def sort(
        self,
        key: Callable[[RecordAgent], Any] | str,
        ascending: bool = False,
        inplace: bool = False,
    ) -> "RecordSet":
        """Return the agents in the order of a field or of what a callable returns.

        Parameters
        ----------
        key
            Name of a field, or a callable of one view.
        ascending
            Smallest first; ties keep their order either way.
        inplace
            Change this set rather than return a new one.
        """
        if isinstance(key, str) and key in self.agent_class.fields:
            order = _stable_order(self._values(key), ascending)
        else:
            keys = self.get(key) if isinstance(key, str) else self.map(key)
            places = sorted(range(len(keys)), key=keys.__getitem__, reverse=not ascending)
            order = np.array(places, dtype=np.intp)
        return self._over(self._index()[order], inplace)

    def shuffle(self, inplace: bool = False) -> "RecordSet":
        """Return the agents in an order drawn from the model's ``random``.

        No rule may call it: such draws depend on the order of calls.
        """
        rows = list(_plain(self._rows))
        self.random.shuffle(rows)
        return self._over(np.array(rows, dtype=np.intp), inplace)

    def do(self, method: str | Callable[..., object], *args: object, **kwargs: object) -> Self:
        """Call a method or function on each agent; return this set."""
        for agent in self:
            _call(agent, method, *args, **kwargs)
        return self

    def shuffle_do(
        self, method: str | Callable[..., object], *args: object, **kwargs: object
    ) -> Self:
        """Call a method or function on each agent in shuffled order; return this set."""
        self.shuffle().do(method, *args, **kwargs)
        return self

    def map(
        self, method: str | Callable[..., object], *args: object, **kwargs: object
    ) -> list[Any]:
        """Call a method or function on each agent; return the results."""
        return [_call(agent, method, *args, **kwargs) for agent in self]

    @overload
    def agg(self, attribute: str, func: Callable[[Any], T]) -> T: ...
    @overload
    def agg(self, attribute: str, func: Iterable[Callable[[Any], T]]) -> list[T]: ...
    def agg(
        self, attribute: str, func: Callable[[Any], T] | Iterable[Callable[[Any], T]]
    ) -> T | list[T]:
        """Return what a function, or each of several, makes of all values of an attribute."""
        if not callable(func):
            return [self.agg(attribute, each) for each in func]
        numpy_function = (getattr(func, "__module__", None) or "").startswith("numpy")
        if not numpy_function or attribute not in self.agent_class.fields:
            return func(self.get(attribute))
        # As NumPy would make it of the list: a sum of bytes must not stop at 255.
        values = self._values(attribute)
        return func(np.array(values, dtype=float if values.dtype.kind == "f" else int))

    def get(
        self,
        attr_names: str | Sequence[str],
        handle_missing: Literal["error", "default"] = "error",
        default_value: object = None,
    ) -> list[Any]:
        """Return the values of an attribute, or for each agent a list of several.

        Parameters
        ----------
        attr_names
            One name or several.
        handle_missing
            ``"error"`` raises AttributeError for a name that agents do not have; ``"default"``
            fills in `default_value`.
        default_value
            For names that agents do not have.
        """
        if handle_missing not in ("error", "default"):
            raise ValueError(f"handle_missing is 'error' or 'default', not {handle_missing!r}")
        if not isinstance(attr_names, str):
            columns = [self.get(name, handle_missing, default_value) for name in attr_names]
            return [[column[place] for column in columns] for place in range(len(self))]
        if attr_names in self.agent_class.fields:
            values: list[Any] = self._values(attr_names).tolist()
            return values
        if hasattr(self.agent_class, attr_names):
            return [getattr(agent, attr_names) for agent in self]
        if handle_missing == "error":
            raise no_field(self.agent_class, attr_names)
        return [default_value] * len(self)

    def set(self, attr_name: str, value: float) -> Self:
        """Write one value into a field of every agent; return this set."""
        if attr_name not in self.agent_class.fields:
            raise no_field(self.agent_class, attr_name)
        column = column_of(self.model, self.agent_class, attr_name)
        column[self._place()] = fitting(value, column.dtype, attr_name)
        return self

    def groupby(
        self, by: Callable[[RecordAgent], Hashable] | str, result_type: str = "agentset"
    ) -> GroupBy:
        """Group agents by a field or by what a callable returns.

        Parameters
        ----------
        by
            Name of a field, or a callable of one view.
        result_type
            ``"agentset"`` for groups that are sets, ``"list"`` for lists of views.
        """
        places = defaultdict(list)
        for place, key in enumerate(self.get(by) if isinstance(by, str) else self.map(by)):
            places[key].append(place)
        rows = self._index()
        groups = {key: self._over(rows[chosen]) for key, chosen in places.items()}
        if result_type == "agentset":
            return RecordGroups(groups)
        return GroupBy({key: group.to_list() for key, group in groups.items()})

    def __and__(self, other: Iterable[object]) -> "RecordSet":
        """Return the agents in both, in the order of `other`."""
        rows = self._rows_among(other)
        return self._over(rows[self._holds(rows)])

    __rand__ = __and__

    def __or__(self, other: Iterable[object]) -> "RecordSet":
        """Return these agents, then the others in `other`."""
        rows = self._rows_of(other)
        return self._over(np.concatenate([self._index(), rows[~self._holds(rows)]]))

    __ror__ = __or__

    def __sub__(self, other: Iterable[object]) -> "RecordSet":
        """Return the agents that are not in `other`."""
        rows = self._index()
        return self._over(rows[~np.isin(rows, self._rows_among(other))])

    def isdisjoint(self, other: Iterable[object]) -> bool:
        """Tell whether no agent is in both."""
        return not self._holds(self._rows_among(other)).any()

    def __le__(self, other: Set[object]) -> bool:
        """Tell whether `other` has all these agents."""
        if self._alike(other):
            return bool(other._holds(self._index()).all())
        answer: bool = super().__le__(other)
        return answer

    def __ge__(self, other: Set[object]) -> bool:
        """Tell whether these are all agents of `other`, or more."""
        if self._alike(other):
            return bool(self._holds(other._index()).all())
        answer: bool = super().__ge__(other)
        return answer

    def _refuse(self, *args: object) -> NoReturn:
        raise TypeError("rows do not come and go: `select` makes a smaller set, `|` a larger one")

    add = discard = remove = clear = pop = _refuse
    __ior__ = __iand__ = __isub__ = __ixor__ = _refuse

    def __getstate__(self) -> dict[str, Any]:
        """Return model, class and rows."""
        return {"model": self.model, "agent_class": self.agent_class, "_rows": self._rows}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore model, class and rows."""
        self.__dict__.update(state)

    def _update(self, agents: Iterable[object]) -> "RecordSet":
        return self._over(self._rows_of(agents), inplace=True)

    def _from_iterable(self, agents: Iterable[object]) -> "RecordSet":
        return self._over(self._rows_of(agents))

    def _over(self, rows: range | Rows, inplace: bool = False) -> "RecordSet":
        chosen = self if inplace else copy.copy(self)
        chosen._rows = rows
        return chosen

    def _related(self, agent: object) -> TypeGuard[RecordAgent]:
        return type(agent) is self.agent_class and agent.model is self.model

    def _alike(self, other: object) -> TypeGuard["RecordSet"]:
        return (
            isinstance(other, RecordSet)
            and other.agent_class is self.agent_class
            and other.model is self.model
        )

    def _index(self) -> Rows:
        return np.asarray(self._rows, dtype=np.intp)

    def _place(self) -> slice | Rows:
        rows = self._rows
        return slice(rows.start, rows.stop) if isinstance(rows, range) else rows

    def _values(self, field: str) -> NDArray[Any]:
        return column_of(self.model, self.agent_class, field)[self._place()]

    def _holds(self, rows: Rows) -> NDArray[np.bool_]:
        if isinstance(self._rows, range):
            return (rows >= self._rows.start) & (rows < self._rows.stop)
        return np.isin(rows, self._rows)

    def _rows_among(self, agents: Iterable[object]) -> Rows:
        if self._alike(agents):
            return agents._index()
        return self._rows_of(agent for agent in agents if self._related(agent))

    def _rows_of(self, agents: Iterable[object]) -> Rows:
        if self._alike(agents):
            return agents._index()
        rows: dict[int, None] = {}
        for agent in agents:
            if not self._related(agent):
                kind = self.agent_class.__name__
                raise TypeError(f"a set of {kind} holds only {kind} of one model, not {agent!r}")
            rows[agent.row] = None
        return np.fromiter(rows, np.intp)


class RecordGroups(GroupBy):
    """Groups of rows: Mesa's, with `agg` on whole columns."""

    def agg(self, attr_name: str, func: Callable[[Any], T]) -> dict[Hashable, T]:
        """Return for each group what the function makes of its values of an attribute."""
        return {key: group.agg(attr_name, func) for key, group in self.groups.items()}


def _call(
    agent: RecordAgent, method: str | Callable[..., object], /, *args: object, **kwargs: object
) -> object:
    if isinstance(method, str):
        return getattr(agent, method)(*args, **kwargs)
    return method(agent, *args, **kwargs)


def _consecutive(rows: slice, count: int) -> range | Rows:
    span = range(*rows.indices(count))
    return span if span.step == 1 else np.array(span, dtype=np.intp)


def _once(rows: Rows, count: int) -> Rows:
    rows = np.asarray(rows)
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise TypeError("rows are a slice or a one-dimensional array of row numbers")
    if rows.size and not 0 <= rows.min() <= rows.max() < count:
        raise IndexError(f"rows count from 0 to {count - 1}")
    _, first = np.unique(rows, return_index=True)
    return rows[np.sort(first)].astype(np.intp)


def _plain(rows: range | Rows) -> Iterable[int]:
    return rows if isinstance(rows, range) else rows.tolist()


def _stable_order(values: NDArray[Any], ascending: bool) -> Rows:
    if ascending:
        return np.argsort(values, kind="stable")
    return len(values) - 1 - np.argsort(values[::-1], kind="stable")[::-1]
