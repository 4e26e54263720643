"""What may enter: real arrays of one kind, checked and promoted before any kernel sees them."""

from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]

KINDS = "float16, float32, float64, integer or object"
_TOO_SMALL_TO_SUM_IN = np.dtype(np.float16)
_SINGLE, _DOUBLE = np.dtype(np.float32), np.dtype(np.float64)


def checked(**arrays: Any) -> tuple[list[Array], np.dtype[Any]]:
    """Return the arrays in one common dtype to compute in, and the dtype of the result.

    float32 and float64 stay as they come and mix by NumPy's promotion, integers become float64, float16 is computed in
    float32 and returned as float16, objects (symbols, fractions) stay objects. Any byte order comes out native.

    Raises
    ------
    TypeError
        For masked, boolean, complex, text or other arrays, and for objects that do not add and multiply.
    """
    given = list(arrays.values())
    dtype = getattr(given[0], "dtype", None)
    if dtype is _SINGLE or dtype is _DOUBLE:
        for value in given:
            if type(value) is not np.ndarray or value.dtype is not dtype:
                break
        else:  # nothing is left to do
            return given, dtype
    found = {name: _real(name, value) for name, value in arrays.items()}
    result = np.result_type(*(a.dtype for a in found.values()))
    computed = np.dtype(np.float32) if result == _TOO_SMALL_TO_SUM_IN else result
    return [a.astype(computed, copy=False) for a in found.values()], result


def ready(a: Any, b: Any) -> bool:
    """Tell, sooner than `checked` can, that it has nothing to do: both plain, both in single or both in double."""
    return type(a) is np.ndarray is type(b) and a.dtype is b.dtype and (a.dtype is _SINGLE or a.dtype is _DOUBLE)


def _real(name: str, value: Any) -> Array:
    if isinstance(value, np.ma.MaskedArray):
        raise TypeError(f"{name} must not be a masked array, since a mask has no gradient; got {type(value).__name__}")
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be a rectangular array; got rows of different lengths ({error})") from None
    if array.dtype.kind in "iu":
        return array.astype(np.float64)
    native = array.dtype.newbyteorder("=")
    if native in (np.float16, np.float32, np.float64):
        return array.astype(native, copy=False)
    if array.dtype == object and all(hasattr(v, "__mul__") and hasattr(v, "__radd__") for v in array.flat):
        return array
    shown = f"{value!r}" if array.ndim == 0 else f"dtype {array.dtype}"
    raise TypeError(f"{name} must be an array of real numbers ({KINDS}); got {shown}")


def must_have_axes(name: str, array: Array, axes: str) -> None:
    """Check that `array` has the axes named in `axes`, such as "N, C, L"."""
    shape_must_have_axes(name, array.shape, axes)


def shape_must_have_axes(name: str, shape: tuple[int, ...], axes: str) -> None:
    """Check that the array called `name`, which has `shape`, has the axes named in `axes`."""
    rank = axes.count(",") + 1
    if len(shape) != rank:
        raise ValueError(f"{name} must have {rank} axes ({axes}); got {len(shape)} in shape {shape}")


def must_have_shape(name: str, array: Array, shape: tuple[int, ...], why: str) -> None:
    """Check that `array` has exactly `shape`, which `why` explains."""
    must_be_shape(name, array.shape, shape, why)


def must_be_shape(name: str, found: tuple[int, ...], shape: tuple[int, ...], why: str) -> None:
    """Check that the array called `name`, which has the shape `found`, has exactly `shape`, which `why` explains."""
    if found != shape:
        raise ValueError(f"{name} must have shape {shape}, {why}; got {found}")
