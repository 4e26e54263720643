"""What SeparableCost counts: numbers to learn and multiply-adds of an ordinary layer and of a separable one."""

from typing import NamedTuple

from convbp.cost import Cost, conv_cost, depthwise_cost, separable_cost

Size = tuple[int, int]


class CostTable(NamedTuple):
    """The costs for one choice of I channels, O filters, K × K taps and the multiplier M.

    `blocks` are the width and height of rectangles with one unit of area for each parameter: the ordinary layer as
    K × K tiles of O × I, the pointwise stage as a tile of O × I·m, the depthwise stage as K² columns of I·m.
    """

    chosen: tuple[int, int, int, int]
    ordinary: Cost
    depthwise: Cost
    pointwise: Cost
    separable: Cost
    blocks: tuple[Size, Size, Size]

    @property
    def percent(self) -> str:
        """Parameters of the separable layer in percent of those of the ordinary one."""
        return f"{100 * self.separable.parameters / self.ordinary.parameters:.1f}"

    def sentence(self) -> str:
        """Compare the two layers."""
        _, filters, kernel, multiplier = self.chosen
        few, many = self.separable.parameters, self.ordinary.parameters
        says = "needs" if few < many else "saves nothing: it needs"
        share = f"M·(1/O + 1/K²) = {multiplier}·(1/{filters} + 1/{kernel}²) = {self.percent} %"
        return f"The separable layer {says} {few:,} parameters where the ordinary one has {many:,}: {share}."

    def packed(self) -> str:
        """Write the costs, the blocks and the share as one string."""
        costs = [" ".join(map(str, cost)) for cost in (self.ordinary, self.depthwise, self.pointwise, self.separable)]
        widths, heights = zip(*self.blocks, strict=True)
        frame = f"{sum(widths)} {max(widths)} {max(heights)}"
        return ";".join([*costs, " ".join(map(str, widths)), " ".join(map(str, heights)), frame, self.percent])


def make_cost_table(channels: int, filters: int, kernel: int, multiplier: int, outputs: Size) -> CostTable:
    """Ask the library for the costs of both layers."""
    taps, between = (kernel, kernel), channels * multiplier
    depth = depthwise_cost(channels, taps, multiplier=multiplier, outputs=outputs)
    return CostTable(
        (channels, filters, kernel, multiplier),
        conv_cost(channels, filters, taps, outputs=outputs),
        depth,
        conv_cost(between, filters, (1, 1), outputs=outputs),
        separable_cost(channels, filters, taps, multiplier=multiplier, outputs=outputs),
        ((filters * kernel, channels * kernel), (filters, between), (kernel * kernel, between)),
    )
