"""One household or enterprise as a Mesa agent: a view of its row.

The people are rows of NumPy record arrays. A view is made on demand, reads and writes its row, and
holds nothing of its own, so there is nothing to keep in step with the arrays.
"""

import difflib
from operator import index
from typing import Any, ClassVar, NoReturn, Self, overload

import mesa
import numpy as np
from numpy.typing import NDArray

_ROWS_STAY = "rows do not come and go: an enterprise closes and may start again, its row stays"


class Field:
    """One field of a record, read and written through a view.

    Parameters
    ----------
    name
        Name of the field.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, agent: None, owner: type) -> Self: ...
    @overload
    def __get__(self, agent: "RecordAgent", owner: type) -> float: ...
    def __get__(self, agent: "RecordAgent | None", owner: type) -> "Self | float":
        """Return the value as a plain Python number."""
        if agent is None:
            return self
        number: float = column_of(agent.model, owner, self.name).item(agent.row)
        return number

    def __set__(self, agent: "RecordAgent", value: float) -> None:
        """Write the value into the record."""
        column = column_of(agent.model, type(agent), self.name)
        column[agent.row] = fitting(value, column.dtype, self.name)


class RecordAgent(mesa.Agent):
    """A view of one row, made on demand and unknown to the model's register.

    A subclass names its array in ``kind`` and gives the array's ``dtype``; it then has an
    attribute for each field. Views of the same row are equal.

    Parameters
    ----------
    model
        Its ``population`` has the record array named by ``kind``.
    row
        Number of the row, from 0; ``unique_id`` is one more.

    Raises
    ------
    TypeError
        At the definition of a subclass whose fields are not single numbers, or bear a name that
        NumPy's records or Mesa's agents use themselves.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> class Home(RecordAgent, dtype=np.dtype([("income", "f8"), ("members", "u1")])):
    ...     kind = "homes"
    >>> homes = np.rec.array([(2.0, 4), (5.0, 1)], dtype=[("income", "f8"), ("members", "u1")])
    >>> model = SimpleNamespace(population=SimpleNamespace(homes=homes))
    >>> home = Home(model, 1)
    >>> home.income += 1
    >>> home.unique_id, home.income, home.members
    (2, 6.0, 1)
    """

    __slots__ = ("model", "row")
    kind: ClassVar[str]
    fields: ClassVar[tuple[str, ...]] = ()
    model: mesa.Model
    row: int
    pos = None

    def __init_subclass__(cls, dtype: np.dtype[np.void], **kwargs: object) -> None:
        """Install an attribute for each field of the record."""
        super().__init_subclass__(**kwargs)
        taken = {*dir(cls), *dir(np.record), *dir(np.recarray)}
        cls.fields = dtype.names or ()
        for name in cls.fields:
            if name in taken:
                raise TypeError(f"{cls.__name__}: {name!r} means something else to NumPy or Mesa")
            if dtype[name].kind not in "biuf":
                raise TypeError(f"{cls.__name__}: the field {name!r} is not a single number")
            setattr(cls, name, Field(name))

    def __init__(self, model: mesa.Model, row: int) -> None:
        if row < 0:
            raise IndexError(f"rows count from 0, there is no row {row}")
        object.__setattr__(self, "model", model)
        object.__setattr__(self, "row", index(row))

    def __setattr__(self, name: str, value: float) -> None:
        """Write a field; a view holds nothing else."""
        if name not in self.fields:
            raise no_field(type(self), name)
        object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        """Tell whether both are views of the same row."""
        if type(self) is not type(other):
            return NotImplemented
        return self.model is other.model and self.row == other.row

    def __hash__(self) -> int:
        """Return the same number for each view of the row."""
        return hash((type(self), id(self.model), self.row))

    def __reduce__(self) -> tuple[type[Self], tuple[mesa.Model, int]]:
        """Pickle and copy as model and row."""
        return type(self), (self.model, self.row)

    @property
    def unique_id(self) -> int:
        """Number of the agent among its kind, from 1."""
        return self.row + 1

    def remove(self) -> NoReturn:
        """Refuse: the row stays."""
        raise TypeError(_ROWS_STAY)

    @classmethod
    def create_agents(cls, *args: object, **kwargs: object) -> NoReturn:
        """Refuse: the population makes all rows at once."""
        raise TypeError(_ROWS_STAY)

    from_dataframe = create_agents


def column_of(model: mesa.Model, agent_class: type[RecordAgent], field: str) -> NDArray[Any]:
    """Return the column that holds a field of all agents of a class, not a copy."""
    # As a plain array: the attribute access of np.recarray makes it five times slower.
    column: NDArray[Any] = getattr(model.population, agent_class.kind).view(np.ndarray)[field]
    return column


def fitting(value: float, dtype: np.dtype[Any], field: str) -> NDArray[Any]:
    """Return the number as a column holds it.

    Raises
    ------
    ValueError
        If the column would hold another number (half a person, 300 in a byte), or if it is not
        one number.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        held = np.asarray(value).astype(dtype)
    both_nan = held.ndim == 0 and held != held and value != value
    if held.ndim or not (held == value or both_nan):
        raise ValueError(f"{field} holds one number of type {dtype}: {value!r} does not fit")
    return held


def no_field(agent_class: type[RecordAgent], name: str) -> AttributeError:
    """Return the error for a name that is not a field; it says which field comes nearest."""
    nearest = difflib.get_close_matches(name, agent_class.fields, n=1, cutoff=0)[0]
    return AttributeError(f"{agent_class.__name__} has no field {name!r}; is it {nearest!r}?")
