"""Interactive figures that work in the built book without a kernel. The only package that imports anywidget."""

from convbp.widgets.affected_region import AffectedRegion
from convbp.widgets.channel_sum import ChannelSum
from convbp.widgets.conv_matrix import ConvMatrix
from convbp.widgets.live import Live
from convbp.widgets.self_check import SelfCheck
from convbp.widgets.separable_cost import SeparableCost

__all__ = ["AffectedRegion", "ChannelSum", "ConvMatrix", "Live", "SelfCheck", "SeparableCost"]
