"""The command: svac2 encode, decode, enhance, info, models, compare, demo."""

import argparse
import dataclasses
import io
import json
import math
import os
import sys
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Never, Self, TextIO

import svac2
from svac2 import demo, options
from svac2._core import codec
from svac2.arrays import Samples, scaled
from svac2.decoding import Decoding
from svac2.errors import CorruptError, FormatError, LimitError, OptionError, SvacError
from svac2.fidelity import DEFAULT_QUALITY
from svac2.files import check_target, load_bytes, naming
from svac2.images import file_format, load_picture
from svac2.limits import DEFAULT_ENCODE_LIMITS, DEFAULT_LIMITS
from svac2.metrics import psnr
from svac2.models import DEFAULT, DEFAULT_ENHANCE
from svac2.png import write_png


class ProgressBar:
    """Shows on a terminal how far a step is, once it has taken two seconds."""

    DELAY = 2.0
    INTERVAL = 0.1
    WIDTH = 40

    def __init__(self, label: str, stream: TextIO) -> None:
        """Start the clock."""
        self._label = label
        self._stream = stream
        self._start = time.monotonic()
        self._next = self._start + self.DELAY if stream.isatty() else math.inf
        self._shown = False

    def __call__(self, done: int, total: int) -> None:
        """Draw the bar if it is time to."""
        now = time.monotonic()
        if now < self._next or not total:
            return
        self._next = now + self.INTERVAL
        self._shown = True
        bar = "#" * (self.WIDTH * done // total)
        left = f" {(now - self._start) * (total - done) / done:.0f} s left" if done else ""
        percent = 100 * done // total
        self._stream.write(f"\r{self._label} [{bar:<{self.WIDTH}}] {percent:3}%{left}\x1b[K")
        self._stream.flush()

    def __enter__(self) -> Self:
        """Return the bar."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Remove the bar from the terminal."""
        if self._shown:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


class Parser(argparse.ArgumentParser):
    """Reports a wrong call in one line."""

    def error(self, message: str) -> Never:
        """Print the line and exit."""
        self.exit(2, f"{self.prog}: {message} (see {self.prog} --help)\n")


def number(text: str) -> float | str:
    """Return an option's number; what is none is for svac2.options to refuse."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def byte_count(text: str) -> float | str:
    """Return the bytes of --target-size; k and M stand for thousands and millions."""
    unit = {"k": 1000, "K": 1000, "M": 1_000_000}.get(text[-1:])
    value = number(text[:-1] if unit else text)
    with suppress(ValueError, OverflowError):  # of what is no number, or not a finite one
        whole = int(value)
        return whole if whole == value and not unit else round(float(value) * (unit or 1))
    return text


def restoration(text: str) -> str | bool | float:
    """Return what --enhance asks for; what is no choice is for svac2.options to refuse."""
    words: dict[str, bool] = {"on": True, "off": False}
    return words[text] if text in words else number(text)


def fraction(text: str) -> float | str:
    """Return the number of --scale, as in 1/8; what is none is for svac2.options to refuse."""
    with suppress(ValueError, ArithmeticError):
        return float(Fraction(text))
    return text


def colour(text: str) -> Any:
    """Return what --background names, N or R,G,B; what is none is for svac2.options to refuse."""
    parts = tuple(map(number, text.split(",")))
    return parts if len(parts) > 1 else parts[0]


STANDARD = Path("-")


def input_of(path: Path) -> Path | BinaryIO:
    """Return what to read a file from: of a stream, no more is taken than it needs."""
    return io.FileIO(sys.stdin.fileno(), closefd=False) if path == STANDARD else path


def target_of(path: Path) -> Path | BinaryIO:
    """Return what to write a file to."""
    return sys.stdout.buffer if path == STANDARD else path


def naming_lost(path: Path, source: Path | BinaryIO) -> AbstractContextManager[None]:
    """Name the file, if its name got lost."""
    return naming(None if source is path else path)


@contextmanager
def recognising(path: Path, source: Path | BinaryIO) -> Iterator[None]:
    """Name the file, if its name got lost, and what it seems to be where it is not ours."""
    with naming_lost(path, source):
        try:
            yield
        except FormatError as error:
            is_known = isinstance(error, CorruptError) or not path.is_file()
            kind = None if is_known else file_format(path)
            if kind is not None:
                raise FormatError(f"{error} (it looks like {kind})") from None
            raise


def encode(arguments: argparse.Namespace) -> None:
    """Encode a picture to a svac2 file.

    Grey and RGB pictures of 8 bits are accepted, with or without transparency, in any file format
    that Pillow reads, and of 10 to 16 in PNG, TIFF, PGM, PPM, and, where the package pillow-heif
    reads them, AVIF and HEIF. OUT is replaced only once the whole file has been made. Metadata are
    kept.
    """
    stripped: dict[str, None] = dict.fromkeys(("icc_profile", "exif", "xmp", "cicp"))
    source = input_of(arguments.input)
    with (
        ProgressBar("encoding", sys.stderr) as progress,
        naming_lost(arguments.input, source),
    ):
        svac2.write(
            target_of(arguments.output),
            source,
            quality=arguments.quality,
            qp=arguments.qp,
            target_size=arguments.target_size,
            target_psnr=arguments.target_psnr,
            lossless=arguments.lossless,
            max_error=arguments.max_error,
            alpha_quality=arguments.alpha_quality,
            exact=arguments.exact,
            effort=arguments.effort,
            mode=arguments.mode,
            base_scale=arguments.base_scale,
            base_qp=arguments.base_qp,
            subsampling=arguments.subsampling,
            enhance=arguments.enhance == "on",
            model=arguments.model,
            threads=arguments.threads,
            checksum=not arguments.no_checksum,
            limits=limits_of(arguments, DEFAULT_ENCODE_LIMITS),
            progress=progress,
            **(stripped if arguments.strip else {}),
        )


def limits_of(arguments: argparse.Namespace, usual: svac2.Limits) -> svac2.Limits:
    """Return the limits of a call."""
    none = svac2.Limits(max_pixels=None, max_side=None, max_memory=None, max_metadata=None)
    limits = {"default": usual, "untrusted": svac2.Limits.untrusted(), "none": none}
    return limits[arguments.limits]


def check_png_target(arguments: argparse.Namespace) -> None:
    """Fail, before the work is done, where OUT is not for a PNG file or could not be written."""
    if arguments.output == STANDARD:
        return
    if arguments.output.suffix.lower() not in ("", ".png"):  # pipes have none
        raise OptionError(f"{arguments.output}: this command writes PNG, so OUT must end in .png")
    check_target(arguments.output, arguments.input)


def decode(arguments: argparse.Namespace) -> None:
    """Decode a svac2 file to PNG.

    Of a picture of more than 8 bits the file has 16: samples of 10 to 14 are brought to that
    range. Transparency stays, unless --background says what to lay the picture on. OUT is replaced
    only once the picture has been decoded. With --max-size or --scale a file of mode multiscale is
    read only as far as needed.
    """
    check_png_target(arguments)
    source = input_of(arguments.input)
    with (
        recognising(arguments.input, source),
        ProgressBar("decoding", sys.stderr) as progress,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always", svac2.PartialWarning)
        decoding = Decoding(
            enhance=arguments.enhance,
            model=arguments.model,
            max_size=arguments.max_size,
            scale=arguments.scale,
            channels=arguments.channels,
            background=arguments.background,
            allow_partial=arguments.allow_partial,
            threads=arguments.threads,
            verify=not arguments.no_verify,
            limits=limits_of(arguments, DEFAULT_LIMITS),
            progress=progress,
        )
        samples, metadata, bit_depth = decoding.run(source, with_metadata=True)
    write_png(target_of(arguments.output), samples, metadata, bit_depth)
    for warning in caught:
        if warning.category is svac2.PartialWarning:
            print(f"svac2: warning: {warning.message}", file=sys.stderr)


def enhance(arguments: argparse.Namespace) -> None:
    """Restore a picture by a network, and write it as PNG.

    For pictures that were decoded with --enhance off, or by other means: what decode writes by
    default has been restored as its file says.
    """
    check_png_target(arguments)
    source = input_of(arguments.input)
    with naming_lost(arguments.input, source):
        picture = load_picture(source, limits=DEFAULT_ENCODE_LIMITS)
    samples = svac2.enhance(
        picture.samples if picture.samples.shape[2] > 1 else picture.samples[:, :, 0],
        qp=arguments.qp,
        bit_depth=picture.bit_depth,
        strength=arguments.strength,
        model=arguments.model,
        threads=arguments.threads,
    )
    write_png(target_of(arguments.output), samples, picture.metadata, picture.bit_depth)


def print_fields(fields: dict[str, object], as_json: bool) -> None:
    """Print what was found out, for a person or for a program."""
    if as_json:  # which has no infinity
        known = {name: None if value == math.inf else value for name, value in fields.items()}
        print(json.dumps(known, indent=2))
        return
    width = max(map(len, fields))
    for name, value in fields.items():
        shown = f"{value:.4f}" if isinstance(value, float) else value
        if isinstance(value, bool):
            shown = "yes" if value else "no"
        elif value is None:
            shown = "none"
        print(f"{name:<{width}}  {shown}")


def fields_of(header: svac2.ImageInfo) -> dict[str, Any]:
    """Return what a file says; of metadata, how many bytes there are."""
    names = [field.name for field in dataclasses.fields(header) if field.name[0] != "_"]
    fields = {name: getattr(header, name) for name in names}
    fields["layers"] = [dataclasses.asdict(layer) for layer in header.layers]
    for name in ("icc_profile", "exif", "xmp"):
        try:
            content = getattr(header, name)
            fields[f"{name}_bytes"] = None if content is None else len(content)
        except SvacError as error:
            fields[f"{name}_bytes"] = str(error)
    return fields | {
        "mode": header.mode,
        "memory": header.memory,
        "bits_per_pixel": 8 * header.file_size / (header.width * header.height),
    }


def info(arguments: argparse.Namespace) -> None:
    """Show the header of a svac2 file; nothing is decoded."""
    source = input_of(arguments.input)
    with recognising(arguments.input, source):
        header = svac2.info(source)
    fields = fields_of(header)
    if isinstance(source, Path):
        fields["complete"] = source.stat().st_size == header.file_size
    if not arguments.json:
        fields["layers"] = "; ".join(
            f"{layer.width}x{layer.height}, {layer.level}, bytes {layer.start} to {layer.end}"
            for layer in header.layers
        )
    print_fields(fields, arguments.json)


def list_models(arguments: argparse.Namespace) -> None:
    """List the networks that are installed.

    Files name them by the first 16 digits of the hash.
    """
    names = ("name", "hash", "qps", "planes")
    rows = [{name: getattr(model, name) for name in names} for model in svac2.models()]
    if arguments.json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'name':<16} {'hash':<16}  {'planes':>6}  qps")
    for row in rows:
        qps = " ".join(map(str, row["qps"]))
        print(f"{row['name']:<16} {row['hash'][:16]}  {row['planes']:>6}  {qps}")


def load(path: Path) -> tuple[Samples, int, float]:
    """Return the samples of a svac2 file or of any other picture, their depth, and the bit rate."""
    source = input_of(path)
    data = load_bytes(source)
    is_own = data[: len(codec.SIGNATURE)] == codec.SIGNATURE
    with naming(path):
        samples: Samples
        if is_own:
            samples, depth = svac2.decode(data), svac2.info(data).bit_depth
        else:
            samples, _, depth = load_picture(io.BytesIO(data), limits=DEFAULT_LIMITS)
    return samples, depth, 8 * len(data) / (samples.shape[0] * samples.shape[1])


def compare(arguments: argparse.Namespace) -> None:
    """Compare two pictures.

    Prints PSNR over RGB and over luma (BT.601, full range) in dB, and the bits per pixel of both
    files. Each may be a svac2 file or any other that Pillow reads; of one of fewer bits than the
    other, the samples are brought to its range. With transparency what is compared is how they
    look on black and on white.
    """
    first, depth_a, bits_a = load(arguments.first)
    second, depth_b, bits_b = load(arguments.second)
    depth = max(depth_a, depth_b)
    level = psnr(scaled(first, depth_a, depth), scaled(second, depth_b, depth), depth)
    height, width = first.shape[:2]
    fields = {
        "width": width,
        "height": height,
        "psnr_rgb": level.rgb,
        "psnr_y": level.y,
        "bits_per_pixel_a": bits_a,
        "bits_per_pixel_b": bits_b,
    }
    print_fields(fields, arguments.json)


def run_demo(arguments: argparse.Namespace) -> None:
    """Show svac2 beside WebP and JPEG at the same file size.

    Encodes a picture at three qualities, decodes it, prints a table, and writes what each codec
    made of it as PNG.
    """
    demo.run(arguments.input, arguments.output, effort=arguments.effort)


def add_cpu(parser: argparse.ArgumentParser) -> None:
    """Add --cpu."""
    parser.add_argument(
        "--cpu",
        choices=options.CPU_CHOICES,
        help="which variant of the kernels to run; the result is the same (default: the variable "
        "SVAC2_CPU, or auto, the best that this processor has)",
    )


def add_model(parser: argparse.ArgumentParser, usual: str) -> None:
    """Add --model; `usual` is what serves without it."""
    parser.add_argument(
        "--model",
        metavar="NAME_OR_PATH",
        help="the network: the name of one that svac2 models lists, or a weight file (.npz) "
        f"(default: {usual})",
    )


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add --threads."""
    parser.add_argument(
        "--threads",
        type=number,
        default=0,
        metavar="N",
        help=f"0 to {codec.MAX_THREADS}; 0 uses every CPU this process may (default: 0)",
    )


def add_limits(parser: argparse.ArgumentParser) -> None:
    """Add --limits."""
    parser.add_argument(
        "--limits",
        choices=("default", "untrusted", "none"),
        default="default",
        help="what the picture may take of pixels, memory and metadata; untrusted is for files of "
        "strangers (default: default)",
    )


def add_effort(parser: argparse.ArgumentParser) -> None:
    """Add --effort."""
    parser.add_argument(
        "--effort",
        type=number,
        default=options.DEFAULT_EFFORT,
        metavar="N",
        help=f"1 to {codec.MAX_EFFORT}; higher is slower, and smaller at the same error "
        f"(default: {options.DEFAULT_EFFORT})",
    )


def describe_encode(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 encode."""
    parser.add_argument("input", type=Path, metavar="IN", help="the picture; - is stdin")
    parser.add_argument(
        "output", type=Path, metavar="OUT", help="the svac2 file to write; - is stdout"
    )
    level = parser.add_mutually_exclusive_group()
    level.add_argument(
        "--quality",
        type=number,
        metavar="Q",
        help=f"1 to 100; higher is better and larger (default: {DEFAULT_QUALITY})",
    )
    level.add_argument(
        "--qp",
        type=number,
        metavar="N",
        help=f"0, of more than 8 bits less, to {options.MAX_QP}; the quantiser itself, higher is "
        "coarser and smaller",
    )
    level.add_argument(
        "--target-size",
        type=byte_count,
        metavar="BYTES",
        help="the most that the file may have, like 30000, 30k or 1.5M: metadata included",
    )
    level.add_argument(
        "--target-psnr",
        type=number,
        metavar="DB",
        help="the least PSNR that the decoded picture may have",
    )
    level.add_argument(
        "--lossless", action="store_true", help="keep every sample of colour as it is"
    )
    parser.add_argument(
        "--max-error",
        type=number,
        metavar="N",
        help="with --lossless, let each sample of colour be wrong by so much (default: 0)",
    )
    parser.add_argument(
        "--alpha-quality",
        type=number,
        metavar="Q",
        help="1 to 100, of an alpha channel (default: it is kept as it is)",
    )
    parser.add_argument(
        "--exact",
        action="store_true",
        help="keep the colour of pixels that are wholly transparent",
    )
    add_effort(parser)
    parser.add_argument(
        "--mode",
        choices=options.MODE_CHOICES,
        default="normal",
        help="multiscale puts a smaller picture first, which thumbnails are made from; auto does "
        "so only where that makes the file smaller at equal error (default: normal)",
    )
    parser.add_argument(
        "--base-scale",
        type=number,
        default=options.DEFAULT_BASE_SCALE,
        metavar="N",
        help="how many times smaller that picture is: 2, 4 or 8 (default: %(default)s)",
    )
    parser.add_argument(
        "--base-qp",
        type=number,
        metavar="N",
        help="the quantiser of that picture, like --qp (default: chosen by bits and error)",
    )
    parser.add_argument(
        "--subsampling",
        choices=options.SUBSAMPLING_CHOICES,
        default="auto",
        help="of the chroma of RGB, grey is always 4:0:0; auto takes 4:2:0 or 4:4:4, whichever "
        "costs less (default: auto)",
    )
    parser.add_argument(
        "--enhance",
        choices=("on", "off"),
        default="on",
        help="let decoders restore the picture as far as that helps (default: on)",
    )
    add_model(parser, DEFAULT)
    add_threads(parser)
    parser.add_argument(
        "--no-checksum", action="store_true", help="leave out the checksums that find damage"
    )
    parser.add_argument(
        "--strip", action="store_true", help="leave out metadata and colour profile"
    )
    add_limits(parser)
    add_cpu(parser)


def describe_decode(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 decode."""
    parser.add_argument("input", type=Path, metavar="IN", help="the svac2 file; - is stdin")
    parser.add_argument(
        "output", type=Path, metavar="OUT.png", help="the PNG file to write; - is stdout"
    )
    parser.add_argument(
        "--enhance",
        type=restoration,
        default="auto",
        metavar="auto|on|off|STRENGTH",
        help="restoration of whole pictures: as the file says, luma at strength 1, not at all, or "
        f"luma at a strength of 0 to {options.MAX_STRENGTH:g} (default: auto)",
    )
    add_model(parser, "the one that the file names")
    size = parser.add_mutually_exclusive_group()
    size.add_argument(
        "--max-size",
        type=number,
        metavar="N",
        help="make the picture smaller so that its longest side is at most N pixels",
    )
    size.add_argument(
        "--scale",
        type=fraction,
        default=1,
        metavar="S",
        help="1, 1/2, 1/4 or 1/8 of the size, rounded up (default: 1)",
    )
    parser.add_argument(
        "--channels",
        type=number,
        metavar="N",
        help="1 grey, 2 grey with alpha, 3 RGB, 4 RGBA (default: those of the file)",
    )
    parser.add_argument(
        "--background",
        type=colour,
        metavar="N|R,G,B",
        help="lay a picture with transparency on this colour, in units of its samples, like 255",
    )
    parser.add_argument(
        "--allow-partial",
        action="store_true",
        help="of a file that ends early, decode the largest layer that is there whole, and say so",
    )
    add_threads(parser)
    parser.add_argument(
        "--no-verify", action="store_true", help="decode although the checksum does not agree"
    )
    add_limits(parser)
    add_cpu(parser)


def describe_enhance(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 enhance."""
    parser.add_argument("input", type=Path, metavar="IN", help="the picture; - is stdin")
    parser.add_argument(
        "output", type=Path, metavar="OUT.png", help="the PNG file to write; - is stdout"
    )
    parser.add_argument(
        "--qp",
        type=number,
        required=True,
        metavar="N",
        help=f"0 to {options.MAX_QP}; the quantiser that the picture was coded with",
    )
    parser.add_argument(
        "--strength",
        type=number,
        default=1,
        metavar="S",
        help=f"0 to {options.MAX_STRENGTH:g}; 1 is what the network was trained for (default: 1)",
    )
    add_model(parser, f"{DEFAULT_ENHANCE}; it must read luma alone")
    add_threads(parser)
    add_cpu(parser)


def describe_info(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 info."""
    parser.add_argument("input", type=Path, metavar="FILE", help="the svac2 file; - is stdin")
    parser.add_argument("--json", action="store_true", help="print JSON")


def describe_models(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 models."""
    parser.add_argument("--json", action="store_true", help="print JSON")


def describe_compare(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 compare."""
    parser.add_argument("first", type=Path, metavar="A", help="a picture")
    parser.add_argument("second", type=Path, metavar="B", help="another of the same size")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_cpu(parser)


def describe_demo(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of svac2 demo."""
    parser.add_argument(
        "input",
        type=Path,
        nargs="?",
        default=demo.PICTURE,
        metavar="IMAGE",
        help="the picture (default: one that comes with svac2)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        default=Path("svac2-demo"),
        metavar="DIR",
        help="the folder for the PNG files (default: %(default)s)",
    )
    add_effort(parser)
    add_cpu(parser)


COMMANDS = {
    "encode": (encode, describe_encode),
    "decode": (decode, describe_decode),
    "enhance": (enhance, describe_enhance),
    "info": (info, describe_info),
    "models": (list_models, describe_models),
    "compare": (compare, describe_compare),
    "demo": (run_demo, describe_demo),
}


KERNELS = {"AVX-512": codec.CPU_AVX512_VNNI, "AVX2": codec.CPU_AVX2, "scalar": 0}


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = Parser(
        prog="svac2", description="Encode, decode and examine svac2 pictures.", allow_abbrev=False
    )
    kernels = next(name for name in KERNELS if KERNELS[name] & ~codec.cpu_features() == 0)
    version = f"svac2 {svac2.__version__} ({kernels} kernels)"
    parser.add_argument("--version", action="version", version=version)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (function, describe) in COMMANDS.items():
        text = function.__doc__ or name
        command = commands.add_parser(
            name, help=text.split(".\n")[0].rstrip("."), description=text, allow_abbrev=False
        )
        command.set_defaults(function=function, command=command, cpu=None)
        describe(command)
    return parser


def discard_output() -> None:
    """Keep Python from trying once more, as it ends, to write what could not be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def explain(error: BaseException) -> str:
    """Say in one line what failed."""
    reason = str(error) or "not enough memory"
    if isinstance(error, OSError):
        reason = f"{error.filename or 'standard output'}: {error.strerror}"
    if isinstance(error, LimitError):
        reason += " (--limits none, where the command has it, lifts them)"
    return reason.replace("\n", "\\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 2 for a wrong call, 1 for what failed."""
    for stream in (sys.stdout, sys.stderr):  # names of files may hold what the locale does not
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    arguments, unknown = build_parser().parse_known_args(argv)
    if unknown:
        arguments.command.error(f"unrecognized arguments: {' '.join(unknown)}")
    if arguments.cpu is not None:
        os.environ["SVAC2_CPU"] = arguments.cpu
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's, of files that it reads all the same
            arguments.function(arguments)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except (SvacError, OSError, MemoryError) as error:
        if isinstance(error, OSError) and error.filename is None:
            discard_output()
        if isinstance(error, BrokenPipeError):
            return 141  # as if the signal of it had ended us
        print(f"svac2: {explain(error)}", file=sys.stderr)
        return 2 if isinstance(error, OptionError) else 1
    return 0
