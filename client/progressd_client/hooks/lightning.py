"""Lightning: fit, validate, test and predict are tasks, in batches; what is measured after an epoch are metrics.

    from progressd_client.hooks.lightning import Progress

    Trainer(callbacks=[Progress()])

Where this package is installed Lightning finds it by itself (`lightning.pytorch.callbacks_factory`, an entry point).
Lightning's own bars, if they are hooked as well, hang below these tasks.
"""

import sys
from importlib import import_module

from ..auto import is_off
from . import after_init, quiet
from .training import Training

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PACKAGES = ("lightning.pytorch", "pytorch_lightning")
"""One and the same, under its new name and its old."""


class Hooks:
    """What Lightning calls, on the process that has rank 0."""

    def __init__(self, name: str = "fit") -> None:
        super().__init__()
        self._name = name
        self._fit, self._other = Training(), Training()

    @quiet
    def on_train_start(self, trainer: "Any", module: "Any") -> None:  # noqa: ARG002
        """Begin a training; a restored one is not at 0."""
        if trainer.is_global_zero:
            each, epochs = trainer.num_training_batches, trainer.max_epochs
            total = each * epochs if epochs is not None and epochs > 0 else None
            self._fit.begin(self._name, total, "batches", done=trainer.current_epoch * each if total else 0)

    @quiet
    def on_train_epoch_start(self, trainer: "Any", module: "Any") -> None:  # noqa: ARG002
        """Say which epoch it is."""
        self._fit.say(f"epoch {trainer.current_epoch + 1}")

    @quiet
    def on_train_batch_end(
        self,
        trainer: "Any",
        module: "Any",  # noqa: ARG002
        outputs: "Any",  # noqa: ARG002
        batch: "Any",  # noqa: ARG002
        batch_idx: int,
    ) -> None:
        """Count a batch."""
        each = trainer.num_training_batches
        before = trainer.current_epoch * each if each != float("inf") else 0
        self._fit.at(before + batch_idx + 1)

    @quiet
    def on_train_epoch_end(self, trainer: "Any", module: "Any") -> None:  # noqa: ARG002
        """Note what was measured."""
        self._fit.measured(trainer.callback_metrics)

    @quiet
    def on_train_end(self, trainer: "Any", module: "Any") -> None:  # noqa: ARG002
        """End the training; it may have been enough before the last epoch."""
        self._fit.end()

    @quiet
    def on_exception(self, trainer: "Any", module: "Any", exception: BaseException) -> None:  # noqa: ARG002
        """End what goes on, as the exception says."""
        self._other.end(exception)
        self._fit.end(exception)

    @quiet
    def on_validation_start(self, trainer: "Any", module: "Any") -> None:  # noqa: ARG002
        """Begin it, unless it is a part of a training."""
        self._begin(trainer, "validate", trainer.num_val_batches)

    @quiet
    def on_test_start(self, trainer: "Any", module: "Any") -> None:  # noqa: ARG002
        """Begin it."""
        self._begin(trainer, "test", trainer.num_test_batches)

    @quiet
    def on_predict_start(self, trainer: "Any", module: "Any") -> None:  # noqa: ARG002
        """Begin it."""
        self._begin(trainer, "predict", trainer.num_predict_batches)

    def _begin(self, trainer: "Any", name: str, batches: "list[float]") -> None:
        if trainer.is_global_zero and not self._fit and not trainer.sanity_checking:
            self._other.begin(name, sum(batches), "batches")
            self._batches = 0

    @quiet
    def on_validation_batch_end(self, *_about: "Any", **_more: "Any") -> None:
        """Count a batch, of whichever data."""
        if self._other:
            self._batches += 1
            self._other.at(self._batches)

    on_test_batch_end = on_predict_batch_end = on_validation_batch_end

    @quiet
    def on_validation_end(self, trainer: "Any", module: "Any") -> None:  # noqa: ARG002
        """End it; note what was measured."""
        self._other.measured(trainer.callback_metrics)
        self._other.end()

    on_test_end = on_predict_end = on_validation_end


def callbacks() -> "list[Any]":
    """Return what Lightning is to add to each trainer, for its entry point."""
    return [] if is_off("lightning") else [_class()()]


def install(kind: "Any") -> "Any":
    """Give each trainer that is made from now on the callback, unless it has it; return the class."""
    return after_init(kind, _join)


@quiet
def _join(trainer: "Any") -> None:
    if not any(isinstance(callback, Hooks) for callback in trainer.callbacks):
        trainer.callbacks.append(_class()())
    # The first begins before Lightning's own bars, so that they are below it.
    trainer.callbacks.sort(key=lambda callback: not isinstance(callback, Hooks))


def _class() -> "Any":
    """Return the callback, derived from the class of the package that the program uses."""
    package = next((name for name in PACKAGES if name in sys.modules), PACKAGES[0])
    kind = import_module(package).Callback
    return type("Progress", (Hooks, kind), {"__module__": __name__, "__doc__": Hooks.__doc__})


def __getattr__(name: str) -> "Any":
    """Give `Progress` when it is asked for. Raises ImportError if there is no Lightning."""
    if name != "Progress":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return _class()
