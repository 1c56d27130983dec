"""One training loop for every torch method: resumable, with averaged weights."""

from __future__ import annotations

import copy
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn


class Task(Protocol):
    """Where batches come from and how an output is judged."""

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """Return a batch whose first tensor is the network's input."""

    def loss(self, output: Any, batch: tuple[Tensor, ...]) -> Tensor:
        """Return the scalar loss of the network's output."""


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


def fit(network: nn.Module, task: Task, schedule: Schedule, run: Path, device: str = "cpu") -> None:
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
    """
    (run / "snapshots").mkdir(parents=True, exist_ok=True)
    network = network.to(device, memory_format=torch.channels_last)
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
    network.train()
    losses: list[float] = []
    start = time.perf_counter()
    for step in range(first, schedule.steps):
        for group in optimizer.param_groups:
            group["lr"] = schedule.learning_rate * schedule.rate(step)
        batch = task.batch(np.random.default_rng((schedule.seed, step)))
        batch = tuple(tensor.to(device) for tensor in batch)
        inputs = batch[0].to(memory_format=torch.channels_last)
        with torch.autocast(torch.device(device).type, dtype=torch.bfloat16):
            output = network(inputs)
        loss = task.loss(output, batch)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 5.0)
        optimizer.step()
        _average(averaged, network, min(schedule.average, (step + 1) / (step + 10)))
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            row = {
                "step": step + 1,
                "loss": float(np.mean(losses)),
                "learning_rate": optimizer.param_groups[0]["lr"],
                "seconds": time.perf_counter() - start,
            }
            with (run / "metrics.jsonl").open("a") as file:
                file.write(json.dumps(row) + "\n")
            losses.clear()
        if (step + 1) % schedule.snapshot == 0 or step + 1 == schedule.steps:
            weights = {k: v.contiguous().cpu() for k, v in averaged.state_dict().items()}
            save_file(weights, run / "snapshots" / f"{step + 1:06d}.safetensors")
            everything = {
                "step": step + 1,
                "network": network.state_dict(),
                "averaged": averaged.state_dict(),
                "optimizer": optimizer.state_dict(),
            }
            torch.save(everything, state.with_suffix(".part"))
            state.with_suffix(".part").replace(state)


@torch.no_grad()
def _average(averaged: nn.Module, network: nn.Module, decay: float) -> None:
    """Move the averaged weights towards the network's; copy counters and statistics."""
    for mean, now in zip(averaged.parameters(), network.parameters(), strict=True):
        mean.lerp_(now, 1 - decay)
    for mean, now in zip(averaged.buffers(), network.buffers(), strict=True):
        mean.copy_(now)
