"""The terms behind one number of a layer: as data, as a line of text, as LaTeX, and as symbols to calculate with."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod
from typing import Any, NamedTuple

import numpy as np

from convbp.arrays import Array
from convbp.geometry import ConvGeometry, Index, conv_geometry
from convbp.options import at_least, integer

# What is multiplied in each term of a result, in the order in which it is written.
FACTORS = {"y": ("w", "x"), "dx": ("w", "dy"), "dw": ("dy", "x"), "db": ("dy",)}


class Cell(NamedTuple):
    """One element of one array of a layer, such as dy[0, 0, 2, 1]."""

    array: str
    at: Index


class Explanation(NamedTuple):
    """One element of a result and the products that add up to it.

    Attributes
    ----------
    cell : Cell
        The element that is explained.
    terms : tuple of tuples of Cell
        Each term is the product of its cells; no term means that the element is 0.
    short : bool
        Whether samples, channels and filters, being one each, are left out when written.
    """

    cell: Cell
    terms: tuple[tuple[Cell, ...], ...]
    short: bool

    def __str__(self) -> str:
        return f"{self._text(self.cell)} = {' + '.join('·'.join(map(self._text, t)) for t in self.terms) or '0'}"

    def latex(self) -> str:
        """Write the sum in LaTeX, with indices as subscripts."""
        terms = (r"\,".join(map(self._subscripted, term)) for term in self.terms)
        return f"{self._subscripted(self.cell)} = {' + '.join(terms) or '0'}"

    def value(self, **arrays: Any) -> Any:
        """Add the terms up with the numbers of the arrays x, w, b and dy: exactly, if these are.

        Raises
        ------
        ValueError
            If an array that a term reads was not given.
        """
        total: Any = 0
        for term in self.terms:
            total += prod((self._number(cell, arrays) for cell in term), start=1)
        return total

    def _number(self, cell: Cell, arrays: dict[str, Any]) -> Any:
        if cell.array not in arrays:
            raise ValueError(f"{cell.array} must be given to find the value of {self}")
        return np.asarray(arrays[cell.array])[cell.at]

    def _shown(self, cell: Cell) -> Index:
        return cell.at[2:] if self.short and len(cell.at) > 1 else cell.at

    def _text(self, cell: Cell) -> str:
        return f"{cell.array}[{','.join(map(str, self._shown(cell)))}]"

    def _subscripted(self, cell: Cell) -> str:
        return f"{cell.array}_{{{','.join(map(str, self._shown(cell)))}}}"


def explain(
    result: str,
    index: int | Sequence[int],
    input_shape: Sequence[int],
    weight_shape: Sequence[int],
    *,
    bias: bool = False,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Explanation:
    """List the products that add up to one element of y, dx, dw or db of a convolution layer.

    Parameters
    ----------
    result : {"y", "dx", "dw", "db"}
    index : int or sequence of int
        The element, an index for each axis of the result; or for the spatial axes only, where samples, channels and
        filters are one each.
    input_shape : (N, C, spatial…)
    weight_shape : (F, C/groups, taps…)
    bias : bool
        Whether the layer adds a bias, which is the last term of y.
    stride, padding, dilation, groups
        As in `convbp.conv2d`.

    Returns
    -------
    Explanation
        ``str()`` and ``.latex()`` write it, ``.value(x=…, w=…)`` calculates it, ``.terms`` is the data.

    Raises
    ------
    ValueError
        If `result` is none of the four, or the index lies outside it.

    Examples
    --------
    >>> print(explain("dx", (3, 2), (1, 1, 4, 4), (1, 1, 2, 2)))
    dx[3,2] = w[1,1]·dy[2,1] + w[1,0]·dy[2,2]
    >>> print(explain("dx", 7, (1, 1, 8), (1, 1, 3), stride=2))
    dx[7] = 0
    >>> explain("y", 1, (1, 1, 4), (1, 1, 2), bias=True).latex()
    'y_{1} = w_{0}\\\\,x_{1} + w_{1}\\\\,x_{2} + b_{0}'
    """
    if result not in FACTORS:
        raise ValueError(f"result must be one of {', '.join(map(repr, FACTORS))}; got {result!r}")
    g = conv_geometry(input_shape, weight_shape, stride=stride, padding=padding, dilation=dilation, groups=groups)
    short = g.batch == g.channels == g.filters == 1
    cell = Cell(result, _whole_index(result, index, g, short))
    terms = _bias_terms(cell, g) if result == "db" else _product_terms(cell, g)
    if result == "y" and bias:
        terms.append((Cell("b", (cell.at[1],)),))
    return Explanation(cell, tuple(terms), short)


def symbols(name: str, shape: int | Sequence[int]) -> Array:
    """Return an array of SymPy symbols, to run a layer on letters instead of numbers.

    Parameters
    ----------
    name : str
        The letter of the array.
    shape : int or sequence of int

    Returns
    -------
    array of objects
        The element at (0, 0, 1, 2) of x is the symbol ``x[1,2]``: leading axes of length 1 are left out of its name.

    Raises
    ------
    ImportError
        If SymPy is not installed.

    Examples
    --------
    >>> import convbp
    >>> x, w = symbols("x", (1, 1, 3)), symbols("w", (1, 1, 2))
    >>> convbp.conv1d(x, w)[0, 0, 1]
    w[0]*x[1] + w[1]*x[2]
    """
    import sympy

    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    sizes = tuple(at_least(0, "shape", integer("shape", size)) for size in sizes)
    leading = next((axis for axis, size in enumerate(sizes[:-1]) if size != 1), len(sizes) - 1)
    array = np.empty(sizes, object)
    for at in np.ndindex(sizes):
        array[at] = sympy.Symbol(f"{name}[{','.join(map(str, at[leading:]))}]")
    return array


def _whole_index(result: str, index: int | Sequence[int], g: ConvGeometry, short: bool) -> Index:
    shape = {"y": g.output_shape, "dx": g.input_shape, "dw": g.weight_shape, "db": (g.filters,)}[result]
    given = (index,) if isinstance(index, int) else tuple(index)
    whole = (0, 0, *given) if short and len(given) == len(shape) - 2 else given
    inside = len(whole) == len(shape) and all(0 <= i < size for i, size in zip(whole, shape, strict=True))
    if not inside:
        raise ValueError(f"index must lie inside {result} of shape {shape}; got {index}")
    return tuple(integer("index", i) for i in whole)


def _bias_terms(cell: Cell, g: ConvGeometry) -> list[tuple[Cell, ...]]:
    n_and_positions = np.ndindex(g.batch, *g.output_shape[2:])
    return [(Cell("dy", (n, cell.at[0], *at)),) for n, *at in n_and_positions]


def _product_terms(cell: Cell, g: ConvGeometry) -> list[tuple[Cell, ...]]:
    terms = []
    for at_x, at_w, at_y in _products_with(cell, g):
        place = {"x": at_x, "w": at_w, "dy": at_y}
        terms.append(tuple(Cell(name, place[name]) for name in FACTORS[cell.array]))
    return terms


def _products_with(cell: Cell, g: ConvGeometry) -> Iterator[tuple[Index, Index, Index]]:
    """Yield the products that one element takes part in, without walking over those of the others."""
    first, second, *at = cell.at
    maps, channels = g.filters // g.groups, g.channels // g.groups
    if cell.array == "y":
        windows: Any = (a.window(o) for a, o in zip(g.axes, at, strict=True))
        for c, *reads in product(range(channels), *windows):
            k, i = zip(*reads, strict=True)
            yield (first, second // maps * channels + c, *i), (second, c, *k), cell.at
    elif cell.array == "dx":
        readers: Any = (a.readers(i) for a, i in zip(g.axes, at, strict=True))
        for f, *reads in product(range(maps), *readers):
            o, k = zip(*reads, strict=True)
            filter_number = second // channels * maps + f
            yield cell.at, (filter_number, second % channels, *k), (first, filter_number, *o)
    else:
        runs: Any = (zip(a.span(k), a.patch(k), strict=True) for a, k in zip(g.axes, at, strict=True))
        for n, *reads in product(range(g.batch), *runs):
            o, i = zip(*reads, strict=True)
            yield (n, first // maps * channels + second, *i), cell.at, (n, first, *o)
