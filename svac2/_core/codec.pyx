# cython: language_level=3, boundscheck=False, wraparound=False, autotestdict=False, freethreading_compatible=True
"""The C core as Python functions.

Owns memory, releases the GIL around every C call, and turns a status into an exception. Arguments
are taken as checked: svac2.options, svac2.pictures and svac2.models do that.
"""

import threading

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport int8_t, int16_t, int32_t, uint8_t, uint16_t, uint32_t, uint64_t
from libc.string cimport memset

from svac2._core.svac2 cimport *

import numpy as np

from svac2 import errors

CPU_AVX2 = <uint32_t>SVAC2_CPU_AVX2
CPU_AVX512_VNNI = <uint32_t>SVAC2_CPU_AVX512_VNNI
CPU_ALL = <uint32_t>SVAC2_CPU_ALL
MAX_DIMENSION = SVAC2_MAX_DIMENSION
QP_ONE = SVAC2_QP_ONE
MAX_PSNR = SVAC2_MAX_PSNR
MAX_QP = SVAC2_MAX_QP
MAX_THREADS = SVAC2_MAX_THREADS
MAX_EFFORT = SVAC2_MAX_EFFORT
HEADER_START = SVAC2_HEADER_START
SIGNATURE = bytes([0xb5]) + b"S2"
BASE_QP_CHOSEN = SVAC2_BASE_QP_CHOSEN
ALPHA_LOSSLESS = SVAC2_ALPHA_LOSSLESS
MAX_ERROR = SVAC2_MAX_ERROR
STRENGTH_ONE = SVAC2_STRENGTH_ONE
STRENGTH_MAX = SVAC2_STRENGTH_MAX
STRENGTH_CODED = SVAC2_STRENGTH_CODED

SUBSAMPLING = {
    "auto": <int>SVAC2_SUBSAMPLING_AUTO,
    "4:0:0": <int>SVAC2_SUBSAMPLING_400,
    "4:2:0": <int>SVAC2_SUBSAMPLING_420,
    "4:2:2": <int>SVAC2_SUBSAMPLING_422,
    "4:4:4": <int>SVAC2_SUBSAMPLING_444,
}

MODES = {
    "normal": <int>SVAC2_MODE_NORMAL,
    "multiscale": <int>SVAC2_MODE_MULTISCALE,
    "auto": <int>SVAC2_MODE_AUTO,
}

METADATA = {
    "icc_profile": <int>SVAC2_ITEM_ICC,
    "exif": <int>SVAC2_ITEM_EXIF,
    "xmp": <int>SVAC2_ITEM_XMP,
}

# Of the items that make up layers.
LAYER_ITEMS = (<int>SVAC2_ITEM_LAYER, <int>SVAC2_ITEM_ALPHA)

# SVAC2_ERR_CANCELLED is not here: the exception that the progress callback raised goes on.
_EXCEPTIONS = {
    SVAC2_ERR_ARGUMENT: errors.OptionError,
    SVAC2_ERR_UNSUPPORTED: errors.UnsupportedError,
    SVAC2_ERR_MEMORY: errors.OutOfMemoryError,
    SVAC2_ERR_FORMAT: errors.FormatError,
    SVAC2_ERR_TRUNCATED: errors.TruncatedError,
    SVAC2_ERR_CORRUPT: errors.CorruptError,
    SVAC2_ERR_LIMIT: errors.LimitError,
    SVAC2_ERR_MODEL: errors.ModelError,
}


@cython.internal
@cython.auto_pickle(False)
cdef class _Progress:
    """The caller's progress function and the exception that ended the call, if one did."""

    cdef object function
    cdef object exception

    def __cinit__(self, function):
        self.function = function


cdef int _report(void *user, uint32_t done, uint32_t total) noexcept with gil:
    cdef _Progress progress = <_Progress>user
    try:
        PyErr_CheckSignals()
        if progress.function is not None:
            progress.function(done, total)
        return 0
    except BaseException as exception:
        progress.exception = exception
        return 1


cdef svac2_progress _callback(_Progress progress):
    """The function for C to call: none where it could neither report nor see a signal."""
    if progress.function is None and threading.current_thread() is not threading.main_thread():
        return NULL
    return _report


cdef int _check(svac2_status status, svac2_error *error, _Progress progress) except -1:
    if progress is not None and progress.exception is not None:
        raise progress.exception
    if status != SVAC2_OK:
        raise _EXCEPTIONS[status]((<bytes>error.message).decode())
    return 0


cdef object _allocate(uint32_t width, uint32_t height, uint32_t channels, uint32_t bit_depth):
    shape = [height, width]
    if channels != 1:
        shape.append(channels)
    try:
        return np.empty(shape, np.uint8 if bit_depth == 8 else np.uint16)
    except MemoryError:
        raise errors.OutOfMemoryError(f"no memory for a picture of {width}x{height}") from None


@cython.final
@cython.auto_pickle(False)
cdef class Network:
    """A network of integer weights, from the arrays of a weight file."""

    cdef svac2_model *model
    cdef readonly int planes

    def __cinit__(self, *, uint64_t hash, int32_t planes, int32_t views,
                  const int32_t[:, ::1] layers, const int32_t[::1] qps,
                  const int16_t[:, ::1] weights, const int32_t[:, ::1] biases,
                  const uint8_t[:, ::1] shifts, const int16_t[:, :, :, ::1] head_weights,
                  const int32_t[:, :, ::1] head_biases):
        cdef svac2_model_arrays arrays
        cdef svac2_error error
        cdef svac2_status status

        arrays.hash = hash
        arrays.planes = planes
        arrays.views = views
        self.planes = planes
        arrays.layers = &layers[0, 0]
        arrays.layer_count = layers.shape[0]
        arrays.qps = &qps[0]
        arrays.set_count = qps.shape[0]
        arrays.weights = &weights[0, 0]
        arrays.weight_count = weights.size
        arrays.biases = &biases[0, 0]
        arrays.bias_count = biases.size
        arrays.shifts = &shifts[0, 0]
        arrays.shift_count = shifts.size
        arrays.head_weights = &head_weights[0, 0, 0, 0]
        arrays.head_weight_count = head_weights.size
        arrays.head_biases = &head_biases[0, 0, 0]
        arrays.head_bias_count = head_biases.size
        with nogil:
            status = svac2_model_create(&arrays, &self.model, &error)
        _check(status, &error, None)

    def __dealloc__(self):
        svac2_model_destroy(self.model)


cdef const svac2_model *_model(Network network):
    return NULL if network is None else network.model


cdef int _describe(samples, uint32_t bit_depth, svac2_image *image) except -1:
    """Point at samples of uint8, or uint16 if they have more than 8 bits."""
    cdef const uint8_t[:, :, :] bytes_of
    cdef const uint16_t[:, :, :] words_of
    if bit_depth == 8:
        bytes_of = samples
        image.data = &bytes_of[0, 0, 0]
    else:
        words_of = samples
        image.data = &words_of[0, 0, 0]
    image.stride = samples.strides[0]
    image.height, image.width, image.channels = samples.shape
    image.bit_depth = bit_depth
    return 0


cdef uint8_t[::1] _bytes_of(row):
    """View the samples of a contiguous array as bytes."""
    return row.reshape(-1).view(np.uint8)


cdef size_t _fill_metadata(svac2_metadata *items, metadata) except? 999:
    """Fill at most as many items as METADATA has; the bytes must stay."""
    cdef size_t count = 0
    cdef const uint8_t[::1] content
    for name, data in metadata.items():
        content = data
        items[count].type = <svac2_item_type><int>METADATA[name]
        items[count].data = &content[0]
        items[count].size = content.shape[0]
        count += 1
    return count


cdef bytes _encode(image, uint32_t bit_depth, uint8_t *reconstruction, int qp,
                   uint64_t target_size, double target_psnr, bint lossless, int max_error,
                   int alpha_qp, bint exact, int mode, int base_log2_scale, int base_qp,
                   int effort, int subsampling, int threads, bint checksum, uint32_t cpu_mask,
                   function, Network network, metadata, cicp):
    cdef svac2_image source
    cdef svac2_encode_options options
    cdef svac2_metadata[3] items
    cdef svac2_error error
    cdef svac2_status status
    cdef uint8_t *out = NULL
    cdef size_t size = 0
    cdef _Progress progress = _Progress(function)

    _describe(image, bit_depth, &source)
    options.qp = qp
    options.target_size = target_size
    options.target_psnr = target_psnr
    options.lossless = lossless
    options.max_error = max_error
    options.alpha_qp = alpha_qp
    options.exact = exact
    options.mode = mode
    options.base_log2_scale = base_log2_scale
    options.base_qp = base_qp
    options.effort = effort
    options.subsampling = subsampling
    options.threads = threads
    options.checksum = checksum
    options.cpu_mask = cpu_mask
    options.progress = _callback(progress)
    options.progress_user = <void *>progress
    options.model = _model(network)
    options.metadata = items
    options.metadata_count = _fill_metadata(items, metadata)
    options.has_cicp = cicp is not None
    for i in range(SVAC2_CICP_SIZE):
        options.cicp[i] = 0 if cicp is None else cicp[i]
    options.reconstruction = reconstruction
    with nogil:
        status = svac2_encode(&source, &options, &out, &size, &error)
    try:
        _check(status, &error, progress)
        return out[:size]
    finally:
        svac2_free(out)


def encode_memory(uint32_t width, uint32_t height, uint32_t channels, uint32_t bit_depth, *,
                  int effort, int subsampling, int threads, int mode, double target_psnr=0,
                  bint lossless=False, int alpha_qp=SVAC2_ALPHA_LOSSLESS, Network network=None):
    """Return the bytes that encoding takes at most, beyond the samples and the metadata."""
    cdef svac2_image image
    cdef svac2_encode_options options
    memset(&image, 0, sizeof(image))
    memset(&options, 0, sizeof(options))
    image.width = width
    image.height = height
    image.channels = channels
    image.bit_depth = bit_depth
    options.effort = effort
    options.subsampling = subsampling
    options.threads = threads
    options.mode = mode
    options.target_psnr = target_psnr
    options.lossless = lossless
    options.alpha_qp = alpha_qp
    options.model = _model(network)
    return svac2_encode_memory(&image, &options)


def encode(image, *, int qp, int effort, int subsampling, int threads, bint checksum,
           uint32_t cpu_mask, progress, Network network=None, int mode=SVAC2_MODE_NORMAL,
           int base_log2_scale=3, int base_qp=SVAC2_BASE_QP_CHOSEN, metadata={}, cicp=None,
           uint64_t target_size=0, double target_psnr=0, bint lossless=False, int max_error=0,
           int alpha_qp=SVAC2_ALPHA_LOSSLESS, bint exact=False, uint32_t bit_depth=8):
    """Encode samples of shape (height, width, channels), the last two axes contiguous.

    They are uint8 if they have 8 bits, else uint16. metadata: contiguous bytes, not empty, by the
    names in METADATA.
    """
    return _encode(image, bit_depth, NULL, qp, target_size, target_psnr, lossless, max_error,
                   alpha_qp, exact, mode, base_log2_scale, base_qp, effort, subsampling, threads,
                   checksum, cpu_mask, progress, network, metadata, cicp)


def encode_with_reconstruction(image, *, int qp, int effort, int subsampling, int threads,
                               bint checksum, uint32_t cpu_mask, progress,
                               Network network=None, int mode=SVAC2_MODE_NORMAL,
                               int base_log2_scale=3, int base_qp=SVAC2_BASE_QP_CHOSEN,
                               uint64_t target_size=0, double target_psnr=0, bint lossless=False,
                               int max_error=0, int alpha_qp=SVAC2_ALPHA_LOSSLESS,
                               bint exact=False, uint32_t bit_depth=8):
    """Encode, and return also the picture that a decoder will make of it, for the tests."""
    pixels = _allocate(image.shape[1], image.shape[0], image.shape[2], bit_depth)
    cdef uint8_t[::1] samples = _bytes_of(pixels)
    data = _encode(image, bit_depth, &samples[0], qp, target_size, target_psnr, lossless, max_error,
                   alpha_qp, exact, mode, base_log2_scale, base_qp, effort, subsampling, threads,
                   checksum, cpu_mask, progress, network, {}, None)
    return data, pixels


def header_size(const uint8_t[::1] data):
    """Return how many bytes a header has, from the first HEADER_START of them."""
    cdef svac2_error error
    cdef size_t size = 0
    _check(svac2_header_size(&data[0] if data.shape[0] else NULL, data.shape[0], &size, &error), &error, None)
    return size


cdef svac2_info _read_info(const uint8_t[::1] data) except *:
    cdef svac2_info info
    cdef svac2_error error
    cdef svac2_status status
    with nogil:
        status = svac2_read_info(&data[0], data.shape[0], &info, &error)
    _check(status, &error, None)
    return info


def read_info(const uint8_t[::1] data):
    """Return the fields of the header by their names in svac2_info, layers and items as lists."""
    cdef svac2_info info = _read_info(data)
    return <dict>info | {
        "cicp": [info.cicp[i] for i in range(SVAC2_CICP_SIZE)],
        "layers": [info.layers[i] for i in range(info.layer_count)],
        "items": [info.items[i] for i in range(info.item_count)],
    }


def item_size(svac2_item item):
    """Return the bytes of an item, its checksum with them."""
    return item.size + (SVAC2_ITEM_CHECKSUM if item.checked else 0)


def check_item(const uint8_t[::1] content, svac2_item item):
    """Raise CorruptError if the bytes of an item, its checksum with them, are not as written."""
    cdef svac2_error error
    if content.shape[0] > 0:
        _check(svac2_check_item(&content[0], &item, &error), &error, None)


cdef _decode(const uint8_t[::1] data, svac2_info info, uint32_t layer, uint16_t *planes, int threads,
             bint verify, uint32_t cpu_mask, progress, Network network, int strength,
             uint64_t max_pixels, uint64_t max_memory, uint32_t channels, background, out):
    cdef svac2_decode_options options
    cdef svac2_error error
    cdef svac2_status status
    cdef _Progress holder = _Progress(progress)
    cdef uint32_t width = info.layers[layer].width, height = info.layers[layer].height

    options.threads = threads
    options.verify = verify
    options.max_pixels = max_pixels
    options.max_memory = max_memory
    options.cpu_mask = cpu_mask
    options.progress = _callback(holder)
    options.progress_user = <void *>holder
    options.model = _model(network)
    options.strength = strength
    options.layer = layer
    options.channels = channels
    for i in range(3):
        options.background[i] = background[i]
    options.planes = planes
    pixels = out
    if out is None:
        pixels = _allocate(width, height, channels or info.channels, info.bit_depth)
    cdef uint8_t[::1] row = _bytes_of(pixels[0])
    cdef Py_ssize_t stride = pixels.strides[0]
    with nogil:
        status = svac2_decode(&data[0], data.shape[0], &info, &options, &row[0], stride, &error)
    _check(status, &error, holder)
    return pixels


def decode(const uint8_t[::1] data, *, uint32_t layer, int threads, bint verify, uint32_t cpu_mask,
           progress, Network network=None, int strength=SVAC2_STRENGTH_CODED,
           uint64_t max_pixels=0, uint64_t max_memory=0, uint32_t channels=0,
           background=(0, 0, 0), out=None):
    """Decode a layer to shape (height, width) for grey or (height, width, channels).

    The header must have that layer. channels: those that are wanted, or 0: those of the file;
    background: three samples to compose over where alpha is not wanted. out: an array of that shape
    to decode into, each row contiguous; it is returned.
    """
    return _decode(data, _read_info(data), layer, NULL, threads, verify, cpu_mask, progress,
                   network, strength, max_pixels, max_memory, channels, background, out)


def decode_planes(const uint8_t[::1] data, *, int threads, uint32_t cpu_mask):
    """Decode to what a network can be given: shape (3, height, width), 10 bits.

    They are luma, its prediction, and luma before the loop filters.
    """
    cdef svac2_info info = _read_info(data)
    planes = np.empty((SVAC2_RESTORATION_PLANES, info.height, info.width), np.uint16)
    cdef uint16_t[:, :, ::1] samples = planes
    _decode(data, info, info.layer_count - 1, &samples[0, 0, 0], threads, True, cpu_mask, None, None,
            0, 0, 0, 0, (0, 0, 0), None)
    return planes


def enhance(image, *, Network network not None, int qp, int strength, int threads,
            uint32_t cpu_mask, uint32_t bit_depth=8):
    """Restore samples like those that encode takes."""
    cdef svac2_image source
    cdef svac2_enhance_options options
    cdef svac2_error error
    cdef svac2_status status

    _describe(image, bit_depth, &source)
    pixels = _allocate(source.width, source.height, source.channels, bit_depth)
    cdef uint8_t[::1] samples = _bytes_of(pixels)
    options.model = network.model
    options.qp = qp
    options.strength = strength
    options.threads = threads
    options.cpu_mask = cpu_mask
    with nogil:
        status = svac2_enhance(&source, &options, &samples[0], samples.shape[0] // source.height,
                               &error)
    _check(status, &error, None)
    return pixels


def restore_luma(const uint16_t[:, :, ::1] planes, *, Network network not None, int qp,
                 int strength, int threads, uint32_t cpu_mask):
    """Restore luma of 10 bits, for the tests of exactness.

    planes: (planes, height, width), as many as the network reads.
    """
    cdef svac2_enhance_options options
    cdef svac2_error error
    cdef svac2_status status
    cdef uint32_t height = <uint32_t>planes.shape[1], width = <uint32_t>planes.shape[2]

    if planes.shape[0] != network.planes:
        raise errors.OptionError(
            f"{planes.shape[0]} planes are given; the network reads {network.planes}"
        )
    restored = np.empty((height, width), np.uint16)
    cdef uint16_t[:, ::1] samples = restored
    options.model = network.model
    options.qp = qp
    options.strength = strength
    options.threads = threads
    options.cpu_mask = cpu_mask
    with nogil:
        status = svac2_restore_luma(&planes[0, 0, 0], width, height, &options, &samples[0, 0],
                                    &error)
    _check(status, &error, None)
    return restored


def restore_chroma(const uint16_t[:, :, ::1] planes, *, const int8_t[:, ::1] factors, int threads,
                   uint32_t cpu_mask):
    """Restore chroma of 10 bits, for the tests of exactness.

    planes: (3, height, width): Y, Cb, Cr. factors: (2, 6), of Cb and of Cr, as a file codes them.
    """
    cdef svac2_error error
    cdef svac2_status status
    cdef uint32_t height = <uint32_t>planes.shape[1], width = <uint32_t>planes.shape[2]

    if planes.shape[0] != 3:
        raise errors.OptionError(f"{planes.shape[0]} planes are given; chroma is restored of 3")
    if factors.shape[0] != 2 or factors.shape[1] != SVAC2_CHROMA_FACTORS:
        raise errors.OptionError(
            f"factors of shape {tuple(factors.shape)[:2]} are given, not (2, {SVAC2_CHROMA_FACTORS})"
        )
    restored = np.empty((2, height, width), np.uint16)
    cdef uint16_t[:, :, ::1] samples = restored
    with nogil:
        status = svac2_restore_chroma(&planes[0, 0, 0], width, height, &factors[0, 0], threads,
                                      cpu_mask, &samples[0, 0, 0], &error)
    _check(status, &error, None)
    return restored


def cpu_features():
    """Return the SVAC2_CPU_* bits of this machine."""
    return svac2_cpu_features()
