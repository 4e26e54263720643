"""Convolution and every gradient of it: the library under the book on backpropagation in convolutional networks."""

from convbp.blur import blur_pool, blur_pool_backward
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
from convbp.pad import pad, pad_backward
from convbp.regions import affected_outputs, output_size
from convbp.resample import (
    pixel_shuffle,
    pixel_shuffle_backward,
    subsample,
    subsample_backward,
    upsample,
    upsample_backward,
    zero_insert,
    zero_insert_backward,
)

__version__ = "0.1.0"

__all__ = [
    "ConvGradients",
    "affected_outputs",
    "blur_pool",
    "blur_pool_backward",
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
    "pad",
    "pad_backward",
    "pixel_shuffle",
    "pixel_shuffle_backward",
    "subsample",
    "subsample_backward",
    "upsample",
    "upsample_backward",
    "use_backend",
    "zero_insert",
    "zero_insert_backward",
]
