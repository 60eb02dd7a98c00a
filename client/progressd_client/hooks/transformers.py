"""Hugging Face's Trainer: a training is a task, in steps; what the trainer logs are metrics.

    from progressd_client.hooks.transformers import Progress

    Trainer(…, callbacks=[Progress()])

`auto.py` has no need of it: the trainer's bars are tqdm's.
"""

from transformers import TrainerCallback

from . import quiet
from .training import Training

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Progress(TrainerCallback):
    """The callback. It says nothing but on the process of rank 0."""

    def __init__(self, name: str = "train") -> None:
        super().__init__()
        self._name, self._training = name, Training()

    @quiet
    def on_train_begin(self, args: "Any", state: "Any", control: "Any", **_more: "Any") -> None:  # noqa: ARG002
        """Begin; a restored training is not at 0."""
        if state.is_world_process_zero:
            self._training.begin(self._name, state.max_steps, "steps", done=state.global_step)

    @quiet
    def on_step_end(self, args: "Any", state: "Any", control: "Any", **_more: "Any") -> None:  # noqa: ARG002
        """Count a step."""
        self._training.at(state.global_step)

    @quiet
    def on_epoch_begin(self, args: "Any", state: "Any", control: "Any", **_more: "Any") -> None:  # noqa: ARG002
        """Say which epoch it is."""
        self._training.say(f"epoch {int(state.epoch or 0) + 1} of {state.num_train_epochs}")

    @quiet
    def on_log(
        self,
        args: "Any",  # noqa: ARG002
        state: "Any",  # noqa: ARG002
        control: "Any",  # noqa: ARG002
        logs: "dict[str, Any] | None" = None,
        **_more: "Any",
    ) -> None:
        """Note what was measured."""
        self._training.measured(logs)

    @quiet
    def on_train_end(self, args: "Any", state: "Any", control: "Any", **_more: "Any") -> None:  # noqa: ARG002
        """End; it may have been enough before the last step."""
        self._training.end()
