"""The optimiser of the training: Adam in the eigenbasis of Shampoo's preconditioner.

Source: Vyas et al., "SOAP: Improving and Stabilizing Shampoo using Adam" (2024). The layers of
these networks are so small that the bases cost next to nothing beside the convolutions.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

EVERY = 10  # steps between updates of the bases
EPSILON = 1e-8


class Side:
    """One side of a weight's gradient, outputs or inputs: its covariance, and the basis of that."""

    def __init__(self, product: Tensor) -> None:
        self.covariance = product
        self.basis = torch.linalg.eigh(product.double())[1].float()

    def update(self, product: Tensor, decay: float) -> None:
        self.covariance.lerp_(product, 1 - decay)

    def turn(self) -> Tensor:
        """Take one step of orthogonal iteration; return the new order of the directions."""
        order = (self.basis * (self.covariance @ self.basis)).sum(0).argsort(descending=True)
        self.basis = torch.linalg.qr(self.covariance @ self.basis[:, order])[0]
        return order


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
        is_matrix = parameter.ndim > 1
        gradient = parameter.grad.reshape(parameter.shape[0], -1)
        state = self.state[parameter]
        if not state:
            state["steps"] = 0
            state["mean"], state["square"] = (torch.zeros_like(gradient) for _ in range(2))
            if is_matrix:
                state["sides"] = [Side(gradient @ gradient.T), Side(gradient.T @ gradient)]
        state["steps"] += 1
        steps, mean, square = state["steps"], state["mean"], state["square"]
        mean.lerp_(gradient, 1 - beta1)
        if is_matrix:
            outputs, inputs = state["sides"]
            rotated = outputs.basis.T @ gradient @ inputs.basis
            step = outputs.basis.T @ mean @ inputs.basis
        else:
            rotated, step = gradient, mean
        square.lerp_(rotated.square(), 1 - beta2)
        step = step / (1 - beta1**steps) / ((square / (1 - beta2**steps)).sqrt() + EPSILON)
        if is_matrix:
            step = outputs.basis @ step @ inputs.basis.T
            outputs.update(gradient @ gradient.T, beta2)
            inputs.update(gradient.T @ gradient, beta2)
            if steps % EVERY == 0:
                state["square"] = square[outputs.turn()][:, inputs.turn()]
        parameter.sub_(rate * step.reshape(parameter.shape))
