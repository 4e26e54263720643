"""Real data: handwritten digits that ship with scikit-learn, and the files of MNIST and CIFAR-10 that a user has."""

import gzip
import os
import zlib
from math import prod
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from convbp.arrays import Array, checked
from convbp.layers.initial import Seed

GZIP = b"\x1f\x8b"
IDX_DTYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
CIFAR_SHAPE = (3, 32, 32)
CIFAR_RECORD = 1 + prod(CIFAR_SHAPE)
CIFAR_CLASSES = 10
BRIGHTEST_DIGIT = 16


class Samples(NamedTuple):
    """Samples and their labels, in one order."""

    x: Array
    labels: Array


def digits() -> Samples:
    """Return the 1797 handwritten digits of 8×8 pixels that ship with scikit-learn.

    Returns
    -------
    Samples
        x (1797, 1, 8, 8), float64 from 0 (paper) to 1 (ink); labels (1797,) from 0 to 9.

    Raises
    ------
    ImportError
        If scikit-learn is not installed.

    References
    ----------
    E. Alpaydin and C. Kaynak, "Optical recognition of handwritten digits", UCI Machine Learning Repository, 1998.

    Examples
    --------
    >>> x, labels = digits()
    >>> x.shape, x.max(), labels[:5]
    ((1797, 1, 8, 8), np.float64(1.0), array([0, 1, 2, 3, 4]))
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise ImportError("digits must have scikit-learn installed: pip install scikit-learn") from None
    found = load_digits()
    return Samples(found.images[:, None] / BRIGHTEST_DIGIT, found.target.astype(np.int64))


def split(x: Any, labels: Any, *, held_out: float, rng: Seed) -> tuple[Samples, Samples]:
    """Cut samples at random into some to learn from and some to be examined on.

    Parameters
    ----------
    x : array (N, …)
    labels : array (N, …)
    held_out : float above 0 and below 1
        Part of the samples to hold out, rounded to whole samples.
    rng : int or Generator
        A seed gives the same cut each time.

    Returns
    -------
    learnt, held_out : Samples

    Raises
    ------
    ValueError
        If the lengths differ, or a part would be empty.

    Examples
    --------
    >>> learnt, held_out = split(np.arange(4), np.arange(4), held_out=0.25, rng=0)
    >>> learnt.x, held_out.x
    (array([0, 1, 3]), array([2]))
    """
    x, labels = np.asarray(x), np.asarray(labels)
    if x.ndim == 0 or labels.ndim == 0 or len(x) != len(labels):
        raise ValueError(f"labels must have one entry for each sample of x; got shapes {labels.shape} and {x.shape}")
    count = round(len(x) * held_out)
    if not 0 < count < len(x):
        raise ValueError(f"held_out must leave samples in both parts of {len(x)}; got {held_out!r}, that is {count}")
    order = np.random.default_rng(rng).permutation(len(x))
    apart, rest = np.sort(order[:count]), np.sort(order[count:])
    return Samples(x[rest], labels[rest]), Samples(x[apart], labels[apart])


def standardised(learnt: Any, *others: Any) -> tuple[Array, ...]:
    """Shift and scale arrays by one mean and one deviation for each channel, those of the first array.

    What is held out is scaled by what was learnt from, or it would not be held out.

    Parameters
    ----------
    learnt : array (N, C, …)
    *others : arrays (M, C, …)

    Returns
    -------
    tuple of array
        The first has mean 0 and deviation 1 in each channel; a constant channel becomes 0.

    Raises
    ------
    ValueError
        If the arrays have no or different channels, or the first holds no sample.

    Examples
    --------
    >>> standardised([[1], [3]], [[5]])
    (array([[-1.],
           [ 1.]]), array([[3.]]))
    """
    arrays = [checked(x=array)[0][0] for array in (learnt, *others)]
    first = arrays[0]
    for array in arrays:
        if array.ndim < 2 or array.shape[1] != first.shape[1]:
            raise ValueError(f"arrays must share their channels on axis 1; got shapes {first.shape} and {array.shape}")
    if first.size == 0:
        raise ValueError(f"learnt must hold at least one sample; got shape {first.shape}")
    axes = (0, *range(2, first.ndim))
    mean, deviation = first.mean(axis=axes), first.std(axis=axes)
    deviation[deviation == 0] = 1

    def scaled(x: Array) -> Array:
        per_channel = (-1, *(1,) * (x.ndim - 2))
        return (x - mean.reshape(per_channel)) / deviation.reshape(per_channel)

    return tuple(scaled(array) for array in arrays)


def read_idx(path: str | os.PathLike[str]) -> Array:
    """Read an array from an IDX file, the format of MNIST, packed by gzip or not.

    Parameters
    ----------
    path : path

    Returns
    -------
    array
        In the shape and kind that the file states, in native byte order: uint8 (N, 28, 28) for the images of MNIST.

    Raises
    ------
    ValueError
        If the file is of another format, too short or too long.

    Notes
    -----
    Two zero bytes, one for the kind, one for the number of axes, each size as four bytes, then the numbers; all of them
    with the highest byte first.

    References
    ----------
    Y. LeCun, C. Cortes and C. Burges, "The MNIST database of handwritten digits".

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = file.write(bytes([0, 0, 8, 2, 0, 0, 0, 1, 0, 0, 0, 3, 5, 7, 9]))
    ...     file.flush()
    ...     read_idx(file.name)
    array([[5, 7, 9]], dtype=uint8)
    """
    content = _unpacked(Path(path))
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] not in IDX_DTYPES:
        raise ValueError(
            f"path must be an IDX file, which starts with 0, 0, a kind and a rank; got {path} ({_start(content)})"
        )
    dtype, rank = np.dtype(IDX_DTYPES[content[2]]), content[3]
    header = 4 + 4 * rank
    if len(content) < header:
        raise ValueError(
            f"path must hold {rank} sizes in its header; got {path}, which ends after {len(content)} bytes"
        )
    shape = tuple(int.from_bytes(content[at : at + 4], "big") for at in range(4, header, 4))
    expected = header + prod(shape) * dtype.itemsize
    if len(content) != expected:
        raise ValueError(f"path must hold {expected} bytes for shape {shape}; got {path} with {len(content)}")
    return np.frombuffer(content, dtype, offset=header).reshape(shape).astype(dtype.newbyteorder("="))


def read_cifar10(path: str | os.PathLike[str]) -> Samples:
    """Read images from a binary file of CIFAR-10, or from all the training files in a folder.

    Parameters
    ----------
    path : path
        A file such as ``test_batch.bin``, or the folder with ``data_batch_1.bin`` to ``data_batch_5.bin``.

    Returns
    -------
    Samples
        x uint8 (N, 3, 32, 32), labels (N,) from 0 to 9.

    Raises
    ------
    ValueError
        If a file is of another format or does not end with a whole image.
    FileNotFoundError
        If there is no such file, or none in the folder.

    References
    ----------
    A. Krizhevsky, "Learning multiple layers of features from tiny images", 2009.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     _ = file.write(bytes([3] + [255] * 3072))
    ...     file.flush()
    ...     x, labels = read_cifar10(file.name)
    >>> x.shape, labels
    ((1, 3, 32, 32), array([3]))
    """
    place = Path(path)
    files = sorted(place.glob("data_batch_*.bin")) if place.is_dir() else [place]
    if not files:
        raise FileNotFoundError(f"path must be a folder with files data_batch_*.bin; got {path}")
    parts = [_cifar_file(file) for file in files]
    return Samples(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def _cifar_file(path: Path) -> Samples:
    content = _unpacked(path)
    if not content or len(content) % CIFAR_RECORD:
        raise ValueError(f"path must hold whole images of {CIFAR_RECORD} bytes; got {path} with {len(content)} bytes")
    records = np.frombuffer(content, np.uint8).reshape(-1, CIFAR_RECORD)
    labels = records[:, 0].astype(np.int64)
    if labels.max() >= CIFAR_CLASSES:
        at = int(np.argmax(labels >= CIFAR_CLASSES))
        raise ValueError(
            f"path must hold classes from 0 to {CIFAR_CLASSES - 1}; got {path} with {labels[at]} at image {at}"
        )
    return Samples(records[:, 1:].reshape(-1, *CIFAR_SHAPE).copy(), labels)


def _unpacked(path: Path) -> bytes:
    content = path.read_bytes()
    if content[:2] != GZIP:
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(f"path must be a whole gzip file; got {path} ({error})") from None


def _start(content: bytes) -> str:
    return f"starts with {content[:4].hex(' ')}" if content else "empty"
