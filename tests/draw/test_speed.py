"""What the tables and the roofline of a benchmark say."""

import pytest

from convbp import draw
from convbp.draw.speed_tables import gflops, mean_ratio

LAYERS = {
    "even": {"operations": 4_000_000, "may_skip_products": False, "megabytes": {"4": 0.5, "8": 1.0}},
    "three": {"operations": 8_000_000, "may_skip_products": True, "megabytes": {"4": 0.25, "8": 0.5}},
    "pool": {"operations": 0, "may_skip_products": False, "megabytes": {"4": 0.1, "8": 0.2}},
}


def row(layer, which, ours, torch, scipy=None):
    milliseconds = {"numba": ours, "torch": torch, "scipy": scipy}
    return {
        **{"layer": layer, "pass": which, "dtype": "float32", "threads": 2},
        **{"milliseconds": milliseconds, "error": 2.5e-7},
    }


RESULTS = {
    "machine": {"processor": "Abacus <8>", "processors": 2, "system": "Linux"},
    "versions": {"python": "3.13.1", "numba": "0.68.1", "torch": "2.13.0"},
    "layers": LAYERS,
    "limits": [{"dtype": "float32", "threads": 2, "gflops": 16.0, "gigabytes_per_second": 4.0}],
    "rows": [
        row("even", "forward", 0.5, 1.0, 200.0),
        row("even", "backward", 2.0, 1.0),
        row("three", "forward", 0.25, 0.125),
        row("three", "backward", 1.0, 1.0),
        row("pool", "forward", 0.125, 0.5),
        row("pool", "backward", 0.125, 0.5),
    ],
    "memory": {"even": {"numba": {"forward": 1.5, "backward": 12.0}, "im2col": None}},
    "first_use": {"compiling": {"import": 0.125, "first forward": 30.0}, "compiled before": {"import": 0.125}},
}


def test_speed_counts_the_products_of_the_formula_and_both_gradients():
    forward, backward = RESULTS["rows"][:2]
    assert gflops(RESULTS, forward) == 8  # 4 million operations in half a millisecond
    assert gflops(RESULTS, backward) == 4  # twice as many in two


def test_a_table_has_a_line_for_each_measurement_and_the_means():
    table = draw.speed_table(RESULTS, "float32", 2)
    assert table.head == ["layer", "pass", "ms", "GFLOP/s", "of peak", "error", "× PyTorch", "× SciPy"]
    assert table.rows[0] == ["even", "forward", "0.50", "8", "50%", "2e-07", "2.0", "400"]
    assert table.rows[2] == ["three", "forward", "0.25", "32", "200%", "2e-07", "0.50", "–"]
    assert table.rows[4][2:6] == ["0.12", "–", "–", "2e-07"]  # a pool has no products
    assert table.rows[-2][:2] == ["geometric mean", "forward"]
    assert table.rows[-2][-2:] == ["1.6", "400"]  # the cube root of 2 · ½ · 4
    assert table.rows[-1][-2:] == ["1.3", "–"]  # of ½ · 1 · 4, and nothing


def test_the_mean_of_twice_and_half_is_one():
    assert mean_ratio([RESULTS["rows"][0], RESULTS["rows"][2]], "forward", "torch") == 1


def test_lost_measurements_come_worst_first():
    table = draw.slower_table(RESULTS, "torch")
    assert table.caption == "Where PyTorch is faster: 2 of 6 measurements"
    assert [line[:2] for line in table.rows] == [["even", "backward"], ["three", "forward"]]
    assert [line[-1] for line in table.rows] == ["0.50", "0.50"]


def test_a_peer_without_a_layer_has_dashes_in_the_table_of_memory():
    (line,) = draw.memory_table(RESULTS).rows
    assert line == ["even", "0.50", "1.5", "12", "–", "–"]


def test_the_machine_and_its_first_steps_are_named():
    words = str(draw.machine_table(RESULTS))
    for part in ("Abacus <8>, 2 processors, Linux", "Python 3.13.1, Numba 0.68.1, PyTorch 2.13.0", "16 GFLOP/s"):
        assert part in words
    uses = {when: {"import": 0.5, "first forward": 30.0} for when in ("compiling", "compiled before")}
    table = draw.first_use_table({**RESULTS, "first_use": uses})
    assert table.rows == [["import", "0.50", "0.50"], ["first forward", "30", "30"]]


def test_a_table_is_aligned_as_text_and_escaped_as_html():
    table = draw.Table("a < b", ["name", "ms"], [["x & y", "1"], ["mean", "22"]], summary=1)
    assert str(table) == repr(table) == "a < b\nname   ms\nx & y   1\nmean   22"
    html = table._repr_html_()
    assert "<caption>a &lt; b</caption>" in html
    assert '<th scope="row">x &amp; y</th><td>1</td>' in html
    assert html.count('class="cb-summary"') == 1
    assert 'aria-label="a &lt; b"' in html


def test_the_roofline_leaves_pools_out_and_marks_what_may_skip_products():
    points = draw.roofline_points(RESULTS, "float32", 2)
    assert [point.name for point in points] == ["even", "three"]
    assert [point.intensity for point in points] == [8, 32]
    assert [point.speed for point in points] == [8, 32]
    (axes,) = draw.roofline(RESULTS, threads=2).axes
    plain, skipping = axes.lines[1:3]
    assert (list(plain.get_xdata()), list(plain.get_ydata())) == ([8], [8])
    assert (list(skipping.get_xdata()), list(skipping.get_ydata())) == ([32], [32])
    assert plain.get_marker() != skipping.get_marker()


def test_the_roof_bends_where_memory_and_arithmetic_meet():
    (axes,) = draw.roofline(RESULTS, threads=2).axes
    x, y = axes.lines[0].get_data()
    assert (x[1], y[1]) == (4, 16)
    assert y[0] == 4 * x[0]
    assert y[2] == 16


def test_names_lie_apart():
    crowd = [row("even", "forward", 0.5, 1.0) for _ in range(9)]
    figure = draw.roofline({**RESULTS, "rows": crowd}, threads=2)
    figure.draw_without_rendering()
    (axes,) = figure.axes
    boxes = [text.get_window_extent() for text in axes.texts if text.get_text() == "even"]
    assert len(boxes) == 9
    assert not any(a.overlaps(b) for at, a in enumerate(boxes) for b in boxes[:at])


@pytest.mark.parametrize("rows", [[], RESULTS["rows"][4:]])
def test_a_roof_without_layers_still_stands(rows):
    (axes,) = draw.roofline({**RESULTS, "rows": rows}, threads=2).axes
    assert axes.get_title(loc="left") == "float32, 2 threads"
