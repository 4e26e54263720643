"""What a training run leaves behind beside its weights."""

from dataclasses import dataclass, field


@dataclass
class History:
    """Losses and accuracies of a run.

    Attributes
    ----------
    batch_losses : list of float
        One for each step: the loss of its batch before the step.
    losses : list of float
        One for each epoch: the mean over its samples.
    validation_losses, accuracies : list of float
        One for each epoch, on the validation data in `eval` mode; empty without such data, `accuracies` also where
        there are no classes.
    """

    batch_losses: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    validation_losses: list[float] = field(default_factory=list)
    accuracies: list[float] = field(default_factory=list)

    @property
    def epochs(self) -> int:
        """Epochs that the run has finished."""
        return len(self.losses)
