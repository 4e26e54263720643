"""Interactive figures that work in the built book without a kernel. The only package that imports anywidget."""

from convbp.widgets.affected_region import AffectedRegion
from convbp.widgets.chain_by_hand import ChainByHand
from convbp.widgets.channel_sum import ChannelSum
from convbp.widgets.conv_matrix import ConvMatrix
from convbp.widgets.invariance import Invariance
from convbp.widgets.live import Live
from convbp.widgets.network_stepper import NetworkStepper
from convbp.widgets.pool_routing import PoolRouting
from convbp.widgets.self_check import SelfCheck
from convbp.widgets.separable_cost import SeparableCost
from convbp.widgets.sign_convention import SignConvention
from convbp.widgets.step_size import StepSize
from convbp.widgets.stride_padding_board import StridePaddingBoard
from convbp.widgets.transposed_conv import TransposedConv

__all__ = [
    "AffectedRegion",
    "ChainByHand",
    "ChannelSum",
    "ConvMatrix",
    "Invariance",
    "Live",
    "NetworkStepper",
    "PoolRouting",
    "SelfCheck",
    "SeparableCost",
    "SignConvention",
    "StepSize",
    "StridePaddingBoard",
    "TransposedConv",
]
