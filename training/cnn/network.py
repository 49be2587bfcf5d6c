"""The restoration network in floating point, as it is trained.

Source: Hu, Li, Xia, Zhang, "Combine Traditional Compression Method With Convolutional Neural
Networks" (CLIC 2018), after the DCSCN of Yamanaka, Kuwashima, Kurita (2017): the outputs of seven
3x3 layers are concatenated and meet in 1x1 layers; one more 1x1 layer gives the residual.

    luma -> c1 -> c2 -> ... -> c7         3x3, ReLU
             |     |           |
             +-----+----...----+--> a1 -----------+      1x1, ReLU
                               +--> b1 --> b2 ----+--> head --> residual
                                   1x1     3x3
"""

import torch
from torch import Tensor, nn

FEATURES = (16, 14, 12, 11, 10, 9, 8)  # outputs of the 3x3 layers
A1_OUTPUTS, B_OUTPUTS = 24, 8
RADIUS = 8  # of the receptive field: eight 3x3 layers on the longest way
SAMPLE_ZERO, SAMPLE_SCALE = 512, 256  # luma to what the first layer is given


class Restoration(nn.Module):
    """Maps decoded luma to the residual, both on the 10-bit scale.

    No layer pads: an input of (N, 1, H + 16, W + 16) gives (N, 1, H, W). The border of a picture is
    extended by repetition once, before the first layer.

    residual_scale is the size of a typical residual, so that the last layer's weights are of a
    size that Adam learns well at every qp.
    """

    def __init__(self, residual_scale: float) -> None:
        super().__init__()
        inputs = (1, *FEATURES[:-1])
        self.features = nn.ModuleList(
            nn.Conv2d(i, o, 3) for i, o in zip(inputs, FEATURES, strict=True)
        )
        self.a1 = nn.Conv2d(sum(FEATURES), A1_OUTPUTS, 1)
        self.b1 = nn.Conv2d(sum(FEATURES), B_OUTPUTS, 1)
        self.b2 = nn.Conv2d(B_OUTPUTS, B_OUTPUTS, 3)
        self.head = nn.Conv2d(A1_OUTPUTS + B_OUTPUTS, 1, 1)
        self.residual_scale = residual_scale
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)
        nn.init.normal_(self.head.weight, std=0.01)

    def feature_planes(self, luma: Tensor) -> Tensor:
        """Return the 32 planes that the head combines."""
        x = (luma - SAMPLE_ZERO) / SAMPLE_SCALE
        planes = []
        for index, layer in enumerate(self.features):
            x = torch.relu(layer(x))
            planes.append(crop(x, len(self.features) - 1 - index))
        joined = torch.cat(planes, 1)
        a = crop(torch.relu(self.a1(joined)), 1)
        b = torch.relu(self.b2(torch.relu(self.b1(joined))))
        return torch.cat([a, b], 1)

    def forward(self, luma: Tensor) -> Tensor:
        return self.head(self.feature_planes(luma)) * self.residual_scale


def crop(planes: Tensor, margin: int) -> Tensor:
    """Cut a margin off all four sides."""
    return planes[..., margin : planes.shape[-2] - margin, margin : planes.shape[-1] - margin]


def quantiser_step(qp: float) -> float:
    """Return the quantiser step on the 10-bit scale."""
    return 4 * 2 ** (qp / 8)
