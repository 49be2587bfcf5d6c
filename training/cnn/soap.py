"""The optimiser of the training: Adam in the eigenbasis of Shampoo's preconditioner.

Source: Vyas et al., "SOAP: Improving and Stabilizing Shampoo using Adam" (2024). The layers of
these networks are so small that the bases cost next to nothing beside the convolutions.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

EVERY = 10  # steps between updates of the bases
EPSILON = 1e-8


def turned(basis: Tensor, covariance: Tensor) -> tuple[Tensor, Tensor]:
    """Take one step of orthogonal iteration; return the basis and the new order of its columns."""
    order = (basis * (covariance @ basis)).sum(0).argsort(descending=True)
    return torch.linalg.qr(covariance @ basis[:, order])[0], order


class Soap(torch.optim.Optimizer):
    """Takes weights of any shape as matrices: outputs by all else. Biases go by Adam alone."""

    def __init__(
        self,
        parameters: Iterable[nn.Parameter],
        lr: float,
        betas: tuple[float, float] = (0.95, 0.95),
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for parameter in group["params"]:
                self._step(parameter, group["lr"], *group["betas"])

    def _step(self, parameter: nn.Parameter, rate: float, beta1: float, beta2: float) -> None:
        gradient = parameter.grad.reshape(parameter.shape[0], -1)
        # Of the outputs and of the inputs; of biases none.
        products = [gradient @ gradient.T, gradient.T @ gradient] if parameter.ndim > 1 else []
        state = self.state[parameter]
        if not state:
            state["steps"] = 0
            state["mean"], state["square"] = (torch.zeros_like(gradient) for _ in range(2))
            state["covariances"] = products
            state["bases"] = [torch.linalg.eigh(p.double())[1].float() for p in products]
        state["steps"] += 1
        steps, bases = state["steps"], state["bases"]
        state["mean"].lerp_(gradient, 1 - beta1)
        rotated, step = gradient, state["mean"]
        if bases:
            rotated, step = (bases[0].T @ matrix @ bases[1] for matrix in (rotated, step))
        state["square"].lerp_(rotated.square(), 1 - beta2)
        deviation = (state["square"] / (1 - beta2**steps)).sqrt() + EPSILON
        step = step / (1 - beta1**steps) / deviation
        if bases:
            step = bases[0] @ step @ bases[1].T
            for covariance, product in zip(state["covariances"], products, strict=True):
                covariance.lerp_(product, 1 - beta2)
            if steps % EVERY == 0:
                (bases[0], rows), (bases[1], columns) = map(turned, bases, state["covariances"])
                state["square"] = state["square"][rows][:, columns]
        parameter.sub_(rate * step.reshape(parameter.shape))
