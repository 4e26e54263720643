"""Real data: what is read is what was written, and foreign or damaged files are named."""

import gzip
import sys

import numpy as np
import pytest

from compare import assert_same
from convbp import data


def test_digits_are_all_there():
    x, labels = data.digits()
    assert x.shape == (1797, 1, 8, 8)
    assert x.dtype == np.float64
    assert (x.min(), x.max()) == (0, 1)
    assert np.unique(x * 16).tolist() == list(range(17))
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_digits_without_scikit_learn_say_what_is_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"digits must have scikit-learn installed: pip install scikit-learn"):
        data.digits()


def test_a_split_gives_every_sample_to_one_side():
    x = np.arange(10)
    learnt, held_out = data.split(x, -x, held_out=0.3, rng=4)
    assert len(held_out.x) == 3
    assert sorted([*learnt.x, *held_out.x]) == list(range(10))
    assert_same(learnt.labels, -learnt.x)
    assert_same(held_out.labels, -held_out.x)
    assert_same(data.split(x, x, held_out=0.3, rng=4)[1].x, held_out.x)
    assert not np.array_equal(data.split(x, x, held_out=0.3, rng=5)[1].x, held_out.x)


@pytest.mark.parametrize("part", [0, 1, -0.5, 0.01])
def test_a_split_leaves_no_side_empty(part):
    with pytest.raises(ValueError, match=rf"held_out must leave samples in both parts of 10; got {part}"):
        data.split(np.arange(10), np.arange(10), held_out=part, rng=0)


def test_a_split_needs_a_label_for_each_sample():
    with pytest.raises(
        ValueError, match=r"labels must have one entry for each sample of x; got shapes \(3,\) and \(4,\)"
    ):
        data.split(np.arange(4), np.arange(3), held_out=0.5, rng=0)


def test_what_is_held_out_is_scaled_by_what_was_learnt_from():
    rng = np.random.default_rng(0)
    learnt, held_out = rng.standard_normal((9, 2, 3)) * 4 + 7, rng.standard_normal((5, 2, 3)) * 4 + 7
    learnt[:, 1] = held_out[:, 1] = 3
    mine, theirs = data.standardised(learnt, held_out)
    assert abs(mine[:, 0].mean()) < 1e-14
    assert mine[:, 0].std() == pytest.approx(1, rel=1e-14)
    np.testing.assert_allclose(theirs[:, 0], (held_out[:, 0] - learnt[:, 0].mean()) / learnt[:, 0].std(), rtol=1e-12)
    assert not mine[:, 1].any()
    assert not theirs[:, 1].any()


def test_scaling_refuses_what_does_not_fit():
    with pytest.raises(
        ValueError, match=r"arrays must share their channels on axis 1; got shapes \(4, 2\) and \(4, 3\)"
    ):
        data.standardised(np.ones((4, 2)), np.ones((4, 3)))
    with pytest.raises(ValueError, match=r"arrays must share their channels on axis 1; got shapes \(4,\) and \(4,\)"):
        data.standardised(np.ones(4))
    with pytest.raises(ValueError, match=r"learnt must hold at least one sample; got shape \(0, 2\)"):
        data.standardised(np.ones((0, 2)))


# IDX

KINDS = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}


def idx_bytes(array, code) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, code, array.ndim]) + sizes + array.astype(KINDS[code]).tobytes()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("code", KINDS)
def test_idx_files_of_every_kind_are_read(tmp_path, code, packed):
    array = (np.arange(24).reshape(2, 3, 4) * 5 % 127).astype(np.dtype(KINDS[code]).newbyteorder("="))
    content = idx_bytes(array, code)
    path = tmp_path / "images"
    path.write_bytes(gzip.compress(content) if packed else content)
    actual = data.read_idx(path)
    assert_same(actual, array)
    assert actual.flags.writeable


def test_idx_files_of_any_rank_are_read(tmp_path):
    path = tmp_path / "labels"
    for array in (np.arange(5, dtype=np.uint8), np.zeros((0, 28, 28), np.uint8), np.array(7, np.uint8)):
        path.write_bytes(idx_bytes(array, 0x08))
        assert_same(data.read_idx(str(path)), array)


WHOLE = idx_bytes(np.arange(12, dtype=np.uint8).reshape(3, 4), 0x08)
BAD_IDX = {
    "empty": (b"", r"path must be an IDX file, .*; got .*file \(empty\)"),
    "text": (b"label,pixel\n1,2\n", r"path must be an IDX file, .*; got .*file \(starts with 6c 61 62 65\)"),
    "unknown kind": (b"\0\0\x0a" + WHOLE[3:], r"path must be an IDX file, .* \(starts with 00 00 0a 02\)"),
    "cut in the header": (WHOLE[:9], r"path must hold 2 sizes in its header; got .*, which ends after 9 bytes"),
    "cut in the numbers": (WHOLE[:-1], r"path must hold 24 bytes for shape \(3, 4\); got .* with 23"),
    "too long": (WHOLE + b"\0", r"path must hold 24 bytes for shape \(3, 4\); got .* with 25"),
    "sizes beyond memory": (b"\0\0\x08\x02" + b"\xff" * 8, r"path must hold \d{20} bytes for shape .*; got .* with 12"),
    "cut gzip": (gzip.compress(WHOLE)[:-9], r"path must be a whole gzip file; got .*file"),
    "wrong checksum": (gzip.compress(WHOLE)[:-8] + b"\1" * 8, r"path must be a whole gzip file; got .* \(CRC"),
    "broken gzip": (gzip.compress(WHOLE)[:10] + b"\xff" * 20, r"path must be a whole gzip file; got .*file"),
}


@pytest.mark.parametrize(("content", "message"), BAD_IDX.values(), ids=BAD_IDX)
def test_foreign_and_damaged_idx_files_are_refused(tmp_path, content, message):
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        data.read_idx(path)


# CIFAR-10


def cifar_bytes(images, labels) -> bytes:
    return np.concatenate([labels[:, None].astype(np.uint8), images.reshape(len(images), -1)], axis=1).tobytes()


def some_images(count: int, seed: int):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (count, 3, 32, 32), dtype=np.uint8), rng.integers(0, 10, count)


def test_a_cifar_file_is_read(tmp_path):
    images, labels = some_images(4, 0)
    path = tmp_path / "test_batch.bin"
    path.write_bytes(cifar_bytes(images, labels))
    x, actual = data.read_cifar10(path)
    assert_same(x, images)
    assert_same(actual, labels)


def test_a_cifar_folder_gives_the_training_files_in_their_order(tmp_path):
    parts = [some_images(2 + number, number) for number in range(3)]
    for number, part in enumerate(parts, start=1):
        (tmp_path / f"data_batch_{number}.bin").write_bytes(cifar_bytes(*part))
    (tmp_path / "test_batch.bin").write_bytes(cifar_bytes(*some_images(5, 9)))
    x, labels = data.read_cifar10(tmp_path)
    assert_same(x, np.concatenate([images for images, _ in parts]))
    assert_same(labels, np.concatenate([labels for _, labels in parts]))


def test_foreign_and_damaged_cifar_files_are_refused(tmp_path):
    path = tmp_path / "data_batch_1.bin"
    whole = cifar_bytes(*some_images(3, 0))
    for content in (whole[:-1], b"", b"no images"):
        path.write_bytes(content)
        message = rf"path must hold whole images of 3073 bytes; got .*data_batch_1.bin with {len(content)} bytes"
        with pytest.raises(ValueError, match=message):
            data.read_cifar10(tmp_path)
    path.write_bytes(whole[:3073] + b"\x0a" + whole[3074:])
    with pytest.raises(ValueError, match=r"path must hold classes from 0 to 9; got .* with 10 at image 1"):
        data.read_cifar10(path)


def test_missing_files_are_missing(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"path must be a folder with files data_batch_\*.bin; got"):
        data.read_cifar10(tmp_path)
    for read in (data.read_cifar10, data.read_idx):
        with pytest.raises(FileNotFoundError):
            read(tmp_path / "none")
