"""Layers that own their weights, and networks made of them: call forward, then `backward`, then train."""

from convbp.layers.activations import ELU, GELU, Identity, LeakyReLU, ReLU, Sigmoid, SiLU, Softplus, Tanh
from convbp.layers.base import Layer, Parameter
from convbp.layers.containers import Residual, Sequential
from convbp.layers.convolution import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from convbp.layers.dense import Flatten, Linear
from convbp.layers.dropout import Dropout
from convbp.layers.normalisation import BatchNorm
from convbp.layers.pooling import (
    AvgPool1d,
    AvgPool2d,
    AvgPool3d,
    GlobalAvgPool,
    LpPool1d,
    LpPool2d,
    LpPool3d,
    MaxPool1d,
    MaxPool2d,
    MaxPool3d,
)

__all__ = [
    "ELU",
    "GELU",
    "AvgPool1d",
    "AvgPool2d",
    "AvgPool3d",
    "BatchNorm",
    "Conv1d",
    "Conv2d",
    "Conv3d",
    "ConvTranspose1d",
    "ConvTranspose2d",
    "ConvTranspose3d",
    "Dropout",
    "Flatten",
    "GlobalAvgPool",
    "Identity",
    "Layer",
    "LeakyReLU",
    "Linear",
    "LpPool1d",
    "LpPool2d",
    "LpPool3d",
    "MaxPool1d",
    "MaxPool2d",
    "MaxPool3d",
    "Parameter",
    "ReLU",
    "Residual",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Tanh",
]
