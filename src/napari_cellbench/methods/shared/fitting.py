"""One training loop for every torch method: resumable, with averaged weights."""

from __future__ import annotations

import copy
import dataclasses
import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from ...errors import Cancelled, CellbenchError
from ...files.atomic import replacing
from ..training import TrainingReport, TrainingSettings, TrainingUpdate, unreported

N = TypeVar("N", bound=nn.Module)


class FittingTask(Protocol):
    """Where batches come from and how a network does on them."""

    memory_format: torch.memory_format

    def batch(self, rng: np.random.Generator) -> Any:
        """Return a batch."""

    def step(self, network: nn.Module, batch: Any, device: str) -> Tensor:
        """Return the scalar loss of the network on a batch."""


class PatchTask(ABC):
    """A task of networks that turn a batch of patches into maps of these patches."""

    memory_format = torch.channels_last

    @abstractmethod
    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Return a batch whose first tensor is the network's input."""

    @abstractmethod
    def loss(self, output: Any, batch: tuple[Tensor, ...]) -> Tensor:
        """Return the scalar loss of the network's output."""

    def step(self, network: nn.Module, batch: tuple[Tensor, ...], device: str) -> Tensor:
        """Return the loss; the network computes in bfloat16."""
        batch = tuple(tensor.to(device) for tensor in batch)
        inputs = batch[0].to(memory_format=self.memory_format)
        with torch.autocast(torch.device(device).type, dtype=torch.bfloat16):
            output = network(inputs)
        return self.loss(output, batch)


@dataclass(frozen=True)
class Schedule:
    """Length and pace of a training run.

    Attributes
    ----------
    cycles
        Batches of each cycle: the learning rate falls to zero as a cosine in each.
    learning_rate
        Largest learning rate (AdamW) of the first cycle. It rises over `warmup` steps.
    restart
        Largest learning rate of each further cycle, as a share of that of the one before.
    weight_decay
        AdamW's.
    average
        Decay of the running average of the weights, which is what snapshots hold.
    snapshot
        Steps between snapshots; the state to resume from is saved as often.
    """

    cycles: tuple[int, ...]
    learning_rate: float = 5e-4
    restart: float = 0.5
    warmup: int = 200
    weight_decay: float = 1e-4
    average: float = 0.998
    snapshot: int = 500
    seed: int = 0

    @property
    def steps(self) -> int:
        """Batches in all."""
        return sum(self.cycles)

    def rate(self, step: int) -> float:
        """Return the learning rate's factor at a step, in [0, 1]."""
        cycle = 0
        while cycle < len(self.cycles) - 1 and step >= self.cycles[cycle]:
            step -= self.cycles[cycle]
            cycle += 1
        top = self.restart**cycle
        if step < self.warmup:
            return top * (step + 1) / self.warmup
        done = (step - self.warmup) / max(1, self.cycles[cycle] - self.warmup)
        return float(top * 0.5 * (1 + np.cos(np.pi * min(1.0, done))))


def schedule_of(settings: TrainingSettings, learning_rate: float) -> Schedule:
    """Return one cycle as the user set it; `learning_rate` is what the method proposes."""
    return Schedule(
        (settings.steps,),
        settings.learning_rate or learning_rate,
        warmup=min(200, settings.steps // 10),
        snapshot=settings.snapshot,
        seed=settings.seed,
    )


def fit(
    network: N,
    task: FittingTask,
    schedule: Schedule,
    run: Path,
    device: str = "cpu",
    report: TrainingReport = unreported,
    kept: Callable[[int, N], None] = lambda *_: None,
) -> N:
    """Train, or go on training where an earlier call of the same run folder stopped.

    Parameters
    ----------
    network
        Trained in place.
    task
        Batches and loss.
    schedule
        Length and pace.
    run
        Folder that receives ``metrics.jsonl``, ``state.pt`` and ``snapshots/*.safetensors``.
    device
        As torch names it.
    report
        Called after each step. The state is saved when it raises `Cancelled`.
    kept
        Called after each snapshot but the last with the step and the averaged network, which it
        leaves as it is.

    Returns
    -------
    nn.Module
        The network with averaged weights, in evaluation mode.

    Raises
    ------
    CellbenchError
        If the loss is no longer a number.
    """
    (run / "snapshots").mkdir(parents=True, exist_ok=True)
    network = network.to(device, memory_format=task.memory_format)
    averaged = copy.deepcopy(network).eval().requires_grad_(False)
    optimizer = torch.optim.AdamW(
        network.parameters(), schedule.learning_rate, weight_decay=schedule.weight_decay
    )
    first, state = 0, run / "state.pt"
    if state.exists():
        saved = torch.load(state, map_location=device, weights_only=True)
        network.load_state_dict(saved["network"])
        averaged.load_state_dict(saved["averaged"])
        optimizer.load_state_dict(saved["optimizer"])
        first = saved["step"]

    def save(step: int) -> None:
        everything = {
            "step": step,
            "network": network.state_dict(),
            "averaged": averaged.state_dict(),
            "optimizer": optimizer.state_dict(),
        }
        with replacing(state) as file:
            torch.save(everything, file)

    network.train()
    losses: list[float] = []
    began = time.perf_counter()
    for step in range(first, schedule.steps):
        rate = schedule.learning_rate * schedule.rate(step)
        for group in optimizer.param_groups:
            group["lr"] = rate
        # By step: a run that was resumed draws what an uninterrupted one would have drawn.
        torch.manual_seed((schedule.seed << 32) + step)
        batch = task.batch(np.random.default_rng((schedule.seed, step)))
        loss = task.step(network, batch, device)
        value = loss.item()
        losses.append(value)
        if not np.isfinite(value):
            raise CellbenchError(
                f"The loss is no number any more after {step} steps: train again with a lower "
                f"learning rate than {schedule.learning_rate:g}."
            )
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        done = step + 1
        _average(averaged, network, min(schedule.average, done / (done + 9)))
        seconds = time.perf_counter() - began
        if done % 50 == 0 or done == schedule.steps:
            mean = TrainingUpdate(done, schedule.steps, float(np.mean(losses)), rate, seconds)
            with (run / "metrics.jsonl").open("a") as file:
                file.write(json.dumps(dataclasses.asdict(mean)) + "\n")
            losses.clear()
        if done % schedule.snapshot == 0 or done == schedule.steps:
            weights = {k: v.contiguous().cpu() for k, v in averaged.state_dict().items()}
            snapshot = run / "snapshots" / f"{done:06d}.safetensors"
            save_file(weights, snapshot.with_suffix(".part"))
            snapshot.with_suffix(".part").replace(snapshot)
            save(done)
            if done < schedule.steps:
                kept(done, averaged)
        try:
            report(TrainingUpdate(done, schedule.steps, value, rate, seconds))
        except Cancelled:
            save(done)
            raise
    return averaged


@torch.no_grad()
def _average(averaged: nn.Module, network: nn.Module, decay: float) -> None:
    """Move the averaged weights towards the network's; copy counters and statistics."""
    for mean, now in zip(averaged.parameters(), network.parameters(), strict=True):
        mean.lerp_(now, 1 - decay)
    for mean, now in zip(averaged.buffers(), network.buffers(), strict=True):
        mean.copy_(now)
