"""Speed of restoration beside onnxruntime and PyTorch, which run the same network in float32.

The contenders take turns, round by round, and the medians are compared. The peers get the weights
of the model, so that the differences between the results show that all run one network. One of
several views runs in one, here as there; each further view takes as long again.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import svac2
from svac2._core import codec
from svac2.models import choose
from svac2.options import cpu_mask
from svac2.weight_files import weights_hash

Float = npt.NDArray[np.float32]
Planes = npt.NDArray[np.uint16]

HEAD_SCALE = 2.0**-14


@dataclass(frozen=True)
class Layer:
    """One convolution of the float network; its inputs are what the sources give, in turn."""

    weights: Float  # (outputs, inputs, side, side)
    biases: Float
    sources: list[int]  # 0: the planes; i: layer i - 1
    cell: int


@dataclass(frozen=True)
class Network:
    """What docs/network.md describes, in floating point, with the first head as the last layer."""

    planes: int
    layers: list[Layer]

    def products_per_pixel(self) -> float:
        return sum(layer.weights.size / layer.cell**2 for layer in self.layers)

    def ratio(self, layer: Layer, source: int) -> int:
        """How often a source's cells are repeated, along each side."""
        return self.layers[source - 1].cell // layer.cell


def in_one_view(model: svac2.Model) -> svac2.Model:
    """Return a model, or the same with the first of its views alone."""
    with np.load(io.BytesIO(model.content), allow_pickle=False) as file:
        arrays = dict(file) | {"views": np.int32(1)}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one-view.npz"
        np.savez(path, **arrays | {"hash": np.array(weights_hash(arrays))})
        return svac2.Model.load(path)


def dequantise(arrays: Any, qp: int) -> Network:
    """The set of weights for a qp."""
    table = arrays["layers"].tolist()
    set_index = int(np.argmin(np.abs(arrays["qps"] - qp)))
    weights, biases, shifts = (arrays[key][set_index] for key in ("weights", "biases", "shifts"))
    planes = int(arrays["planes"])
    layers: list[Layer] = []
    taken = output = 0
    for i, (side, outputs, mask, cell) in enumerate(table):
        sources = [source for source in range(i + 1) if mask >> source & 1]
        channels = [table[source - 1][1] if source else planes * cell**2 for source in sources]
        shape = (outputs, sum(channels), side, side)
        if i == len(table) - 1:
            kernel = arrays["head_weights"][set_index, 0, :, :, None, None] * HEAD_SCALE
            bias = arrays["head_biases"][set_index, 0] * HEAD_SCALE
        else:
            count, outs = int(np.prod(shape)), slice(output, output + outputs)
            scale = np.ldexp(1.0, -shifts[outs].astype(int))
            kernel = weights[taken : taken + count].reshape(shape) * scale[:, None, None, None]
            bias = biases[outs] * scale
            taken, output = taken + count, output + outputs
        layers.append(Layer(kernel.astype(np.float32), bias.astype(np.float32), sources, cell))
    return Network(planes, layers)


# --- contenders -----------------------------------------------------------------------------


@dataclass
class Contender:
    """Something that restores the picture with as many threads as it was made for."""

    name: str
    restore: Callable[[], Any]
    threads: int
    wall: list[float] = field(default_factory=list)
    process: list[float] = field(default_factory=list)

    def run(self) -> Any:
        """Restores once and notes the times."""
        wall, process = time.perf_counter(), time.process_time()
        result = self.restore()
        self.wall.append(time.perf_counter() - wall)
        self.process.append(time.process_time() - process)
        return result


def as_space_to_depth(network: Network, layer: Layer) -> Float:
    """Reorder inputs: ONNX takes sample by sample what we take plane by plane."""
    weights = layer.weights
    by_plane = weights.reshape(len(weights), network.planes, layer.cell**2, *weights.shape[2:])
    return np.ascontiguousarray(by_plane.swapaxes(1, 2)).reshape(weights.shape)


def onnx_model(network: Network) -> bytes:
    """The network as ONNX; every layer keeps the size of the picture, in its cells."""
    from onnx import TensorProto, helper, numpy_helper

    values = [numpy_helper.from_array(np.array([i]), f"int{i}") for i in (0, 1)]
    nodes = [helper.make_node("Slice", ["planes", "int0", "int1", "int1"], ["luma"])]
    for i, layer in enumerate(network.layers):
        side, is_head = layer.weights.shape[-1], i == len(network.layers) - 1
        weights = layer.weights
        inputs = [f"x{source}" for source in layer.sources]
        if layer.sources == [0]:
            weights = as_space_to_depth(network, layer)
            inputs = [f"cells{i}"]
            nodes.append(helper.make_node("SpaceToDepth", ["planes"], inputs, blocksize=layer.cell))
        for j, source in enumerate(layer.sources):
            ratio = network.ratio(layer, source) if source else 1
            if ratio > 1:
                values.append(
                    numpy_helper.from_array(np.float32([1, 1, ratio, ratio]), f"ratio{i}_{j}")
                )
                repeated = f"repeated{i}_{j}"
                nodes.append(
                    helper.make_node(
                        "Resize",
                        [inputs[j], "", f"ratio{i}_{j}"],
                        [repeated],
                        mode="nearest",
                        coordinate_transformation_mode="asymmetric",
                        nearest_mode="floor",
                    )
                )
                inputs[j] = repeated
        if len(inputs) > 1:
            nodes.append(helper.make_node("Concat", inputs, [f"joined{i}"], axis=1))
            inputs = [f"joined{i}"]
        values += [
            numpy_helper.from_array(weights, f"w{i}"),
            numpy_helper.from_array(layer.biases, f"b{i}"),
        ]
        nodes.append(
            helper.make_node(
                "Conv",
                [*inputs, f"w{i}", f"b{i}"],
                [f"sum{i}"],
                kernel_shape=[side, side],
                pads=[side // 2] * 4,
            )
        )
        if is_head:
            nodes += [
                helper.make_node("DepthToSpace", [f"sum{i}"], ["residual"], blocksize=layer.cell),
                helper.make_node("Add", ["residual", "luma"], ["restored"]),
            ]
        else:
            nodes.append(helper.make_node("Relu", [f"sum{i}"], [f"x{i + 1}"]))
    ends = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, count, "height", "width"])
        for name, count in (("planes", network.planes), ("restored", 1))
    ]
    graph = helper.make_graph(nodes, "restoration", [ends[0]], [ends[1]], values)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    content: bytes = model.SerializeToString()
    return content


def onnxruntime_contender(network: Network, samples: Float, threads: int) -> Contender:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    session = onnxruntime.InferenceSession(
        onnx_model(network), options, providers=["CPUExecutionProvider"]
    )
    return Contender(
        "onnxruntime", lambda: session.run(None, {"planes": samples})[0][0, 0], threads
    )


def torch_contender(network: Network, samples: Float, threads: int) -> Contender:
    import torch
    from torch.nn import functional

    parameters = [
        (torch.from_numpy(layer.weights), torch.from_numpy(layer.biases))
        for layer in network.layers
    ]
    picture = torch.from_numpy(samples)

    def repeated(layer: Layer, source: int, output: Any) -> Any:
        ratio = network.ratio(layer, source)
        return output if ratio == 1 else functional.interpolate(output, scale_factor=ratio)

    @torch.inference_mode()
    def restore() -> Any:
        torch.set_num_threads(threads)
        outputs: list[Any] = []
        for layer, (weights, biases) in zip(network.layers, parameters, strict=True):
            if layer.sources == [0]:
                inputs = [functional.pixel_unshuffle(picture, layer.cell)]
            else:
                inputs = [repeated(layer, source, outputs[source - 1]) for source in layer.sources]
            joined = torch.cat(inputs, 1)
            sums = functional.conv2d(joined, weights, biases, padding=weights.shape[-1] // 2)
            outputs.append(sums.relu_() if layer is not network.layers[-1] else sums)
        residual = functional.pixel_shuffle(outputs[-1], network.layers[-1].cell)
        return (picture[:, :1] + residual)[0, 0].numpy()

    return Contender("PyTorch", restore, threads)


PEERS = {"onnxruntime": onnxruntime_contender, "torch": torch_contender}


def installed_peers() -> list[str]:
    """The peers that are here; says which are not."""
    found = []
    for peer in PEERS:
        needed = [peer, "onnx"] if peer == "onnxruntime" else [peer]
        missing = []
        for package in needed:
            try:
                importlib.metadata.version(package)
            except importlib.metadata.PackageNotFoundError:
                missing.append(package)
        if missing:
            print(f"no comparison with {peer}: {' and '.join(missing)} not installed")
        else:
            found.append(peer)
    return found


def own_contenders(model: svac2.Model, planes: Planes, qp: int, threads: int) -> list[Contender]:
    """The engine alone, and all of svac2.enhance, which also converts the samples."""
    image = (planes[0] >> 2).astype(np.uint8)

    def restore_luma() -> Planes:
        return codec.restore_luma(
            planes,
            network=model.network,
            qp=qp * codec.QP_ONE,
            strength=codec.STRENGTH_ONE,
            threads=threads,
            cpu_mask=cpu_mask(),
        )

    def enhance() -> Any:
        return svac2.enhance(image, qp=qp, model=model, threads=threads)

    contenders = [Contender("svac2 engine", restore_luma, threads)]
    if model.planes == 1:
        contenders.append(Contender("svac2.enhance", enhance, threads))
    return contenders


# --- reports --------------------------------------------------------------------------------


def draw(planes: int, width: int, height: int) -> Planes:
    """Waves and noise of 10 bits; the engine's time does not depend on the content."""
    y, x = np.mgrid[:height, :width]
    waves = 512 + 240 * np.sin(x / 37) + 160 * np.sin((x + 2 * y) / 131)
    noise = np.random.default_rng(1).integers(-20, 21, (planes, height, width))
    return np.clip(waves + noise, 0, 1023).astype(np.uint16)


def print_differences(contenders: list[Contender], luma: Planes, margin: int) -> None:
    """How far the peers are from us, away from the border, which they treat in another way."""
    inside = slice(margin, -margin), slice(margin, -margin)
    ours = contenders[0].restore()[inside]
    print(f"restoration changes luma by {np.abs(ours - luma[inside].astype(int)).mean():.2f}")
    for contender in contenders:
        if contender.name.startswith("svac2"):
            continue
        away = np.abs(np.clip(contender.restore()[inside], 0, 1023) - ours)
        print(f"{contender.name} differs by {away.mean():.3f} on average, {away.max():.1f} at most")


def print_speeds(contenders: list[Contender], megapixels: float, limits: list[float]) -> None:
    """Medians, and how many times faster than each of the rows the engine is."""
    threads = contenders[0].threads
    medians = [statistics.median(contender.wall) for contender in contenders]
    print(f"\nthreads: {threads:<7}{'MP/s':>10}{'CPU/wall':>10}{'engine/it':>11}")
    for contender, median in zip(contenders, medians, strict=True):
        busy = sum(contender.process) / sum(contender.wall)
        print(
            f"{contender.name:<16}{megapixels / median:>10.2f}{busy:>10.2f}"
            f"{median / medians[0]:>11.2f}"
        )
    own = megapixels / medians[0]
    shares = (
        f"{own / (limit * threads):.0%} of {limit * threads:g} MP/s with {kind} products"
        for kind, limit in zip(("float32", "16-bit", "8-bit"), limits, strict=True)
    )
    print("engine:", ", ".join(shares))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="clic2018", help="name or path of a weight file")
    parser.add_argument("--qp", type=int, default=48)
    parser.add_argument("--size", nargs=2, type=int, default=[1920, 1080], metavar=("W", "H"))
    parser.add_argument("--threads", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--limits",
        nargs=3,
        type=float,
        default=[84, 152, 304],
        metavar=("FLOAT32", "INT16", "INT8"),
        help="1e9 products per second that a core's arithmetic units allow; default: those of an "
        "AMD EPYC with AVX-512",
    )
    options = parser.parse_args()
    model = in_one_view(choose(options.model))
    with np.load(io.BytesIO(model.content), allow_pickle=False) as arrays:
        network = dequantise(arrays, options.qp)
    planes = draw(network.planes, *options.size)
    samples = planes.astype(np.float32)[None]
    megapixels = planes[0].size / 1e6
    products = network.products_per_pixel()
    limits = [1e3 * limit / products for limit in options.limits]
    margin = sum(layer.cell * (layer.weights.shape[-1] // 2) for layer in network.layers)
    print(
        f"{model.name}, {products:.0f} products per pixel, "
        f"{options.size[0]}x{options.size[1]}, {options.rounds} rounds"
    )
    peers = installed_peers()
    for threads in options.threads:
        contenders = [
            *own_contenders(model, planes, options.qp, threads),
            *(PEERS[peer](network, samples, threads) for peer in peers),
        ]
        if threads == options.threads[0]:
            print_differences(contenders, planes[0], margin)
        for contender in contenders:
            contender.restore()  # not counted: it warms up
        for _ in range(options.rounds):
            for contender in contenders:
                contender.run()
        print_speeds(contenders, megapixels, limits)
    return 0


if __name__ == "__main__":
    sys.exit(main())
