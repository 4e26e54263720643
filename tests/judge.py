"""What PyTorch says about a layer: padding is done by hand, since its layers take no uneven one."""

from typing import Any

from convbp.arrays import Array
from convbp.geometry import ConvGeometry


def judged_conv(torch: Any, x: Array, w: Array, b: Array, dy: Array, g: ConvGeometry) -> list[Array]:
    """Return y, dx, dw, db of a convolution as PyTorch's autograd computes them."""
    tensors = [torch.tensor(a, requires_grad=True) for a in (x, w, b)]
    ends = [end for axis in reversed(g.axes) for end in (axis.before, axis.after)]
    padded = torch.nn.functional.pad(tensors[0], ends)
    layer = getattr(torch.nn.functional, f"conv{len(g.axes)}d")
    strides, dilations = [a.stride for a in g.axes], [a.dilation for a in g.axes]
    y = layer(padded, tensors[1], tensors[2], stride=strides, dilation=dilations, groups=g.groups)
    y.backward(torch.tensor(dy))
    return [y.detach().numpy(), *(t.grad.numpy() for t in tensors)]


def judged_transpose(torch: Any, x: Array, w: Array, b: Array, dy: Array, g: ConvGeometry) -> list[Array]:
    """Return y, dx, dw, db of a transposed convolution; `g` is the geometry of the convolution that maps y back."""
    tensors = [torch.tensor(a, requires_grad=True) for a in (x, w, b)]
    layer = getattr(torch.nn.functional, f"conv_transpose{len(g.axes)}d")
    strides, dilations = [a.stride for a in g.axes], [a.dilation for a in g.axes]
    whole = layer(tensors[0], tensors[1], None, stride=strides, dilation=dilations, groups=g.groups)
    room = [end for axis in reversed(g.axes) for end in (0, axis.leftover)]
    whole = torch.nn.functional.pad(whole, room)
    kept = tuple(slice(a.before, a.before + a.size) for a in g.axes)
    y = whole[(slice(None), slice(None), *kept)] + tensors[2].reshape(-1, *(1,) * len(g.axes))
    y.backward(torch.tensor(dy))
    return [y.detach().numpy(), *(t.grad.numpy() for t in tensors)]
