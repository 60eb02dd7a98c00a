"""Keras 3: training, evaluation and prediction are tasks, in batches; what is measured after an epoch are metrics.

from progressd_client.hooks.keras import Progress

model.fit(x, y, epochs=10, callbacks=[Progress()])
"""

from keras.callbacks import Callback

from . import after_init, quiet
from .training import Training

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Logs = Mapping[str, Any] | None


class Progress(Callback):
    """The callback. `name` is that of the training; unless said "fit" and the model's."""

    async_safe = True
    """Keras need not wait for it after each batch."""

    def __init__(self, name: "str | None" = None) -> None:
        super().__init__()
        self._name = name
        self._fit, self._other = Training(), Training()
        self._epoch = 0

    @quiet
    def on_epoch_begin(self, epoch: int, logs: "Logs" = None) -> None:  # noqa: ARG002
        """Begin with the first epoch, which need not be epoch 0; and say which one it is."""
        epochs, steps = self._number("epochs"), self._number("steps")
        self._epoch = epoch
        if not self._fit:
            each, unit = (steps, "batches") if steps else (1, "epochs")
            self._fit.begin(self._named("fit"), epochs and epochs * each, unit, epoch * each)
        self._fit.say(f"epoch {epoch + 1} of {epochs}" if epochs else f"epoch {epoch + 1}")

    @quiet
    def on_train_batch_end(self, batch: int, logs: "Logs" = None) -> None:  # noqa: ARG002
        """Count a batch, if it is known how many an epoch has."""
        steps = self._number("steps")
        if steps:
            self._fit.at(self._epoch * steps + batch + 1)

    @quiet
    def on_epoch_end(self, epoch: int, logs: "Logs" = None) -> None:
        """Count an epoch; note what was measured."""
        self._fit.at((epoch + 1) * (self._number("steps") or 1))
        self._fit.measured(logs)

    @quiet
    def on_train_end(self, logs: "Logs" = None) -> None:  # noqa: ARG002
        """End the training; it may have been enough before the last epoch."""
        self._fit.end()

    @quiet
    def on_test_begin(self, logs: "Logs" = None) -> None:  # noqa: ARG002
        """Begin an evaluation. Within a training it is a part of its epoch."""
        if self._fit:
            self._fit.say(f"epoch {self._epoch + 1}, validation")
        else:
            self._other.begin(self._named("evaluate"), self._number("steps"), "batches")

    @quiet
    def on_predict_begin(self, logs: "Logs" = None) -> None:  # noqa: ARG002
        """Begin a prediction."""
        self._other.begin(self._named("predict"), self._number("steps"), "batches")

    @quiet
    def on_test_batch_end(self, batch: int, logs: "Logs" = None) -> None:  # noqa: ARG002
        """Count a batch."""
        self._other.at(batch + 1)

    @quiet
    def on_predict_batch_end(self, batch: int, logs: "Logs" = None) -> None:  # noqa: ARG002
        """Count a batch."""
        self._other.at(batch + 1)

    @quiet
    def on_test_end(self, logs: "Logs" = None) -> None:
        """End the evaluation; note what was measured."""
        self._other.measured(logs)
        self._other.end()

    @quiet
    def on_predict_end(self, logs: "Logs" = None) -> None:  # noqa: ARG002
        """End the prediction."""
        self._other.end()

    def _number(self, name: str) -> "int | None":
        found: int | None = (self.params or {}).get(name)
        return found

    def _named(self, what: str) -> str:
        return self._name or f"{what} {getattr(self.model, 'name', '')}".strip()


def install(kind: "Any") -> "Any":
    """Give each list of callbacks that Keras makes from now on one more, unless it has it; return the class."""
    return after_init(kind, _join)


@quiet
def _join(callbacks: "Any") -> None:
    if not any(isinstance(callback, Progress) for callback in callbacks.callbacks):
        added = Progress()
        added.set_params(callbacks.params)
        added.set_model(callbacks.model)
        callbacks.callbacks.append(added)
