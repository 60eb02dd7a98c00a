"""Keras, Lightning and Hugging Face's Trainer: where they are installed, trainings are tasks."""

from pathlib import Path

from tests.client.hooks.tools import tasks_of
from tests.client.packages import told, wants_package

STEPS = """
from progressd_client.hooks.training import Training
import math, progressd_client as p
fit = Training()
assert not fit
fit.at(1); fit.say("nobody"); fit.measured({"loss": 1}); fit.end()
fit.begin("fit", 10, "batches", done=4)
assert fit and p.current().name == "fit"
fit.at(6); fit.at(5); fit.say("epoch 2")
class Tensor:
    def __float__(self): return 0.25
fit.measured({"loss": Tensor(), "text": "no number", "none": None})
fit.measured(None)
fit.end()
assert p.current() is None
fit.begin("endless", math.inf, "batches")
fit.begin("broken", 3, "batches")
fit.end(KeyError("x"))
fit.begin("left", 3, "batches")
del fit
"""
KERAS = """
import os; os.environ["KERAS_BACKEND"] = "jax"
import keras, numpy
x, y = numpy.ones((32, 4)), numpy.ones((32, 2))
model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(2)], name="m")
model.compile(loss="mse")
model.fit(x, y, epochs=3, batch_size=8, verbose=0, validation_data=(x, y))
model.evaluate(x, y, batch_size=8, verbose=0)
model.predict(x, batch_size=16, verbose=0)
"""
LIGHTNING = """
import torch
from lightning.pytorch import LightningModule, Trainer
from torch.utils.data import DataLoader, TensorDataset
class Module(LightningModule):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
    def training_step(self, batch, number):
        loss = self.layer(batch[0]).mean()
        self.log("loss", loss)
        return loss
    def validation_step(self, batch, number):
        self.log("val", self.layer(batch[0]).mean())
    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)
data = DataLoader(TensorDataset(torch.ones(32, 4)), batch_size=8)
quiet = dict(logger=False, enable_checkpointing=False, enable_model_summary=False, enable_progress_bar=False)
trainer = Trainer(max_epochs=3, accelerator="cpu", **quiet)
trainer.fit(module := Module(), data, data)
trainer.validate(module, data, verbose=False)
"""
TRAINER = """
from progressd_client.hooks.transformers import Progress
from transformers import TrainerControl, TrainerState
from transformers.trainer_callback import CallbackHandler
calls = CallbackHandler([Progress("tune")], None, None, None, None)
state, control = TrainerState(max_steps=6, global_step=2, num_train_epochs=2, epoch=0.5), TrainerControl()
calls.on_train_begin(None, state, control)
for step in range(4):
    state.global_step += 1
    calls.on_epoch_begin(None, state, control)
    calls.on_step_end(None, state, control)
    calls.on_log(None, state, control, {"loss": 0.5})
calls.on_train_end(None, state, control)
"""


def test_a_training_counts_upwards_and_ends_in_any_case(tmp_path: Path) -> None:
    tasks = tasks_of(STEPS, tmp_path, prelude="")

    assert told(tasks) == {
        "fit": ("finished", 6, 10),
        "endless": ("canceled", None, None),
        "broken": ("failed", None, 3),
        "left": ("canceled", None, 3),
    }
    assert tasks["fit"]["message"] == "epoch 2"


@wants_package("keras", "jax")
def test_what_keras_does_is_counted_in_batches(tmp_path: Path) -> None:
    tasks = told(tasks_of(KERAS, tmp_path))

    assert tasks == {"fit_m": ("finished", 12, 12), "evaluate_m": ("finished", 4, 4), "predict_m": ("finished", 2, 2)}


@wants_package("lightning", "torch")
def test_what_lightning_does_is_counted_in_batches(tmp_path: Path) -> None:
    tasks = told(tasks_of(LIGHTNING, tmp_path))

    assert tasks == {"fit": ("finished", 12, 12), "validate": ("finished", 4, 4)}


@wants_package("transformers")
def test_what_hugging_faces_trainer_does_is_counted_in_steps(tmp_path: Path) -> None:
    tasks = tasks_of(TRAINER, tmp_path, prelude="")

    assert told(tasks) == {"tune": ("finished", 6, 6)}
    assert tasks["tune"]["message"] == "epoch 1 of 2"
