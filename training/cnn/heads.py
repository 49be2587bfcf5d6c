"""Heads, fitted by least squares to the features that rounded layers give."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

SHRINK = 0.1  # heads of single patches are drawn to the first as if by so much of a mean patch
RIDGE = 1e-6  # of a head for all: as small a step as there is where features hardly differ

Matrix = NDArray[np.float64]


class Sums:
    """Normal equations of heads, patch by patch: features and a constant against targets."""

    def __init__(self) -> None:
        self.grams: list[Matrix] = []  # (inputs + 1, inputs + 1)
        self.crosses: list[Matrix] = []  # (inputs + 1, phases)

    def add(self, features: Tensor, targets: Tensor, errors: NDArray[np.float32]) -> None:
        """Add patches; as in training, each counts relative to the error of its picture."""
        for inputs, target, error in zip(features, targets, errors, strict=True):
            a = torch.cat([inputs.flatten(1), torch.ones(1, inputs[0].numel())]).double()
            self.grams.append((a @ a.T).numpy() / error)
            self.crosses.append((a @ target.flatten(1).T.double()).numpy() / error)


def refitted(head: Matrix, sums: Sums) -> Matrix:
    """Return the head (inputs + 1, phases) that is best for rounded features."""
    gram, cross = np.mean(sums.grams, 0), np.mean(sums.crosses, 0)
    ridge = RIDGE * np.trace(gram) / len(gram) * np.eye(len(gram))
    step: Matrix = np.linalg.solve(gram + ridge, cross - gram @ head)
    return head + step


def heads_around(first: Matrix, sums: Sums, count: int) -> Matrix:
    """Return the first head and the main directions in which those of single patches stray from it.

    They are (count, inputs + 1, phases).
    """
    mean = np.mean(sums.grams, 0)
    # In coordinates in which the features are white, distances are squared errors.
    values, vectors = np.linalg.eigh(mean)
    values = values.clip(values[-1] * 1e-9)
    whiten, unwhiten = vectors * np.sqrt(values), vectors / np.sqrt(values)
    strays = np.array(
        [
            whiten.T @ np.linalg.solve(gram + SHRINK * mean, cross - gram @ first)
            for gram, cross in zip(sums.grams, sums.crosses, strict=True)
        ]
    )
    # Each direction counts by what its patch would gain, outliers no more than the others.
    gains = np.array(
        [
            np.sum(stray * (unwhiten.T @ gram @ unwhiten @ stray))
            for stray, gram in zip(strays, sums.grams, strict=True)
        ]
    )
    flat = strays.reshape(len(strays), -1)
    weights = np.minimum(gains, np.quantile(gains, 0.98)) / (flat**2).sum(1).clip(1e-12)
    _, directions = np.linalg.eigh((flat * weights[:, None]).T @ flat)
    heads = [first]
    for direction in directions.T[::-1][: count - 1]:
        typical = np.sqrt(np.mean((flat @ direction) ** 2))
        heads.append(unwhiten @ direction.reshape(first.shape) * typical)
    return np.array(heads)
