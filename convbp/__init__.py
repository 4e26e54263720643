"""Convolution and every gradient of it: the library under the book on backpropagation in convolutional networks."""

from convbp.conv import (
    ConvGradients,
    conv1d,
    conv1d_backward,
    conv2d,
    conv2d_backward,
    conv3d,
    conv3d_backward,
)
from convbp.conv_transpose import (
    conv_transpose1d,
    conv_transpose1d_backward,
    conv_transpose2d,
    conv_transpose2d_backward,
    conv_transpose3d,
    conv_transpose3d_backward,
)
from convbp.correlation import convolve, correlate, flip
from convbp.kernels import use_backend
from convbp.regions import affected_outputs, output_size

__version__ = "0.1.0"

__all__ = [
    "ConvGradients",
    "affected_outputs",
    "conv1d",
    "conv1d_backward",
    "conv2d",
    "conv2d_backward",
    "conv3d",
    "conv3d_backward",
    "conv_transpose1d",
    "conv_transpose1d_backward",
    "conv_transpose2d",
    "conv_transpose2d_backward",
    "conv_transpose3d",
    "conv_transpose3d_backward",
    "convolve",
    "correlate",
    "flip",
    "output_size",
    "use_backend",
]
