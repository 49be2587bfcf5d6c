"""From a picture to a svac2 file: what is asked for, checked, and then done."""

from functools import partial
from typing import SupportsIndex, TypedDict

from svac2 import options
from svac2._core import codec
from svac2.fidelity import Fidelity
from svac2.limits import DEFAULT_ENCODE_LIMITS, Limits
from svac2.metadata import Cicp
from svac2.models import ModelLike, choose, default_at
from svac2.options import Mode, Progress, Subsampling
from svac2.pictures.images import ImageLike, Picture, load_picture
from svac2.wishes import Keep, MetadataWishes


class _Cost(TypedDict):
    """The options of codec.encode that its memory hangs on."""

    lossless: bool
    effort: int
    mode: int
    subsampling: int
    threads: int


class Encoding:
    """The options of encode, once they have been checked: for any number of pictures."""

    def __init__(
        self,
        *,
        quality: float | None = None,
        qp: float | None = None,
        target_size: SupportsIndex | None = None,
        target_psnr: float | None = None,
        lossless: bool = False,
        max_error: SupportsIndex | None = None,
        alpha_quality: float | None = None,
        exact: bool = False,
        effort: SupportsIndex = options.DEFAULT_EFFORT,
        mode: Mode = "normal",
        base_scale: SupportsIndex = options.DEFAULT_BASE_SCALE,
        base_qp: float | None = None,
        subsampling: Subsampling = "auto",
        bit_depth: SupportsIndex | None = None,
        enhance: bool = True,
        model: ModelLike | None = None,
        icc_profile: bytes | Keep | None = "keep",
        exif: bytes | Keep | None = "keep",
        xmp: bytes | Keep | None = "keep",
        cicp: Cicp | tuple[int, int, int, bool] | Keep | None = "keep",
        threads: SupportsIndex = 0,
        checksum: bool = True,
        limits: Limits = DEFAULT_ENCODE_LIMITS,
    ) -> None:
        """Check the options."""
        self._fidelity = Fidelity(
            quality=quality,
            qp=qp,
            target_size=target_size,
            target_psnr=target_psnr,
            lossless=lossless,
            max_error=max_error,
            alpha_quality=alpha_quality,
            base_qp=base_qp,
            subsampling=subsampling,
        )
        self._cost: _Cost = {
            "lossless": lossless,
            "effort": options.effort_level(effort),
            "mode": codec.MODES[options.choice("mode", mode, options.MODE_CHOICES)],
            "subsampling": options.subsampling_code(subsampling),
            "threads": options.thread_count(threads),
        }
        self._encode = partial(
            codec.encode,
            exact=options.flag("exact", exact),
            base_log2_scale=options.base_log2_scale(base_scale),
            checksum=options.flag("checksum", checksum),
            cpu_mask=options.cpu_mask(),
            **self._cost,
        )
        self._wishes = MetadataWishes(icc_profile=icc_profile, exif=exif, xmp=xmp, cicp=cicp)
        self._is_restored = options.flag("enhance", enhance) and not lossless
        self._model = None if model is None else choose(model)
        self._limits = Limits.checked(limits)
        self._bit_depth = options.bit_depth(bit_depth)

    def run(self, image: ImageLike, *, progress: Progress | None = None) -> bytes:
        """Encode a picture."""
        options.progress_function(progress)
        model = self._model or default_at(self._cost["effort"])
        network = model.network if self._is_restored else None
        picture = self._load(image, network)
        metadata = self._wishes.applied_to(picture.metadata)
        self._limits.check_metadata(metadata.size)
        return self._encode(
            picture.samples,
            bit_depth=picture.bit_depth,
            **self._fidelity.at(picture.bit_depth),
            network=network,
            metadata=metadata.items(),
            cicp=metadata.cicp,
            progress=progress,
        )

    def _load(self, image: ImageLike, network: codec.Network | None) -> Picture:
        level = self._fidelity.at(None)
        return load_picture(
            image,
            limits=self._limits,
            bit_depth=self._bit_depth,
            memory_of=partial(
                codec.encode_memory,
                network=network,
                target_psnr=level["target_psnr"],
                alpha_qp=level["alpha_qp"],
                **self._cost,
            ),
        )
