"""One function that takes the rank becomes three with names, docstrings and signatures of their own."""

import inspect
import pickle

import pytest

import convbp
from convbp.ranks import checked_shape, each_rank


def _halve_backward(rank: int, dy: object, *, stride: int = 2) -> tuple[object, int, int]:
    """Halve y (N, C, O…) of x (N, C, L…) with w (F, C, K…) after `halve*d`.

    Examples
    --------
    >>> halve1d_backward(1)
    (1, 1, 2)

    >>> halve2d_backward(1)
    (1, 2, 2)

    Said of both.
    """
    return dy, rank, stride


halves = halve1d_backward, halve2d_backward, halve3d_backward = each_rank(_halve_backward)


def test_the_rank_is_passed_and_everything_else_left_alone():
    assert [half("dy", stride=5) for half in halves] == [("dy", rank, 5) for rank in (1, 2, 3)]
    assert halves[0](dy=7) == (7, 1, 2)


def test_names_end_in_the_rank_before_backward():
    assert [half.__name__ for half in halves] == [f"halve{rank}d_backward" for rank in (1, 2, 3)]
    assert {half.__module__ for half in halves} == {__name__}


def test_the_signature_has_no_rank():
    assert str(inspect.signature(halves[1])) == "(dy: object, *, stride: int = 2) -> tuple[object, int, int]"
    assert "rank" not in halves[1].__annotations__


def test_the_docstring_speaks_of_one_rank():
    first, second, third = (half.__doc__ for half in halves)
    assert first.startswith("Halve y (N, C, O) of x (N, C, L) with w (F, C, K) after `halve1d`.")
    assert third.startswith(
        "Halve y (N, C, OD, OH, OW) of x (N, C, D, H, W) with w (F, C, KD, KH, KW) after `halve3d`."
    )
    assert ">>> halve1d_backward(1)" in first
    assert "halve2d_backward(1)" not in first
    assert ">>> halve2d_backward(1)" in second
    assert ">>>" not in third
    assert all("Said of both." in text for text in (first, second, third))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: halves[1](), "missing a required argument: 'dy'"),
        (lambda: halves[1](1, 2), "too many positional arguments"),
        (lambda: halves[1](1, strides=2), "unexpected keyword argument 'strides'"),
    ],
)
def test_a_malformed_call_is_told_without_counting_the_rank(call, message):
    with pytest.raises(TypeError, match=message) as caught:
        call()
    assert not isinstance(caught.value.__context__, TypeError)  # no second message, in which the rank is counted


def test_an_error_from_inside_the_function_is_passed_on():
    def _fail(rank: int, x: object) -> object:
        "Fail."
        raise TypeError(f"x must be another thing; got {x}")

    with pytest.raises(TypeError, match="x must be another thing; got 5"):
        each_rank(_fail)[1](5)


@pytest.mark.parametrize("name", ["max_pool2d", "avg_pool1d_backward", "adaptive_max_pool3d"])
def test_public_functions_can_be_pickled_and_their_source_read(name):
    function = getattr(convbp, name)
    assert pickle.loads(pickle.dumps(function)) is function
    assert "rank: int" in inspect.getsource(function)
    assert "L…" not in function.__doc__


def test_shapes_are_checked():
    assert checked_shape("input_shape", [0, 3, 7], 1) == (0, 3, 7)
    with pytest.raises(
        ValueError, match=r"input_shape must be 4 ints \(N, C, H, W\), only N may be 0; got \(1, 0, 7, 9\)"
    ):
        checked_shape("input_shape", (1, 0, 7, 9), 2)
