"""Training: optimizers, a loop, and checkpoints that a run can go on from."""

from convbp.train.checkpoint import load, save
from convbp.train.history import History
from convbp.train.loop import accuracy, fit, predict, train_step
from convbp.train.optimizers import SGD, Adam, Optimizer

__all__ = ["SGD", "Adam", "History", "Optimizer", "accuracy", "fit", "load", "predict", "save", "train_step"]
