# cython: language_level=3, boundscheck=False, wraparound=False, autotestdict=False
"""The C core as Python functions.

Owns memory, releases the GIL around every C call, and turns a status into an exception. Arguments
are taken as checked: svac2.options and svac2.images do that.
"""

import threading

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from libc.stdint cimport uint8_t, uint32_t, uint64_t

from svac2._core.svac2 cimport *

import numpy as np

from svac2 import errors

CPU_AVX2 = <uint32_t>SVAC2_CPU_AVX2
CPU_ALL = <uint32_t>SVAC2_CPU_ALL
MAX_DIMENSION = SVAC2_MAX_DIMENSION
MAX_QP = SVAC2_MAX_QP
MAX_THREADS = SVAC2_MAX_THREADS
MAX_EFFORT = SVAC2_MAX_EFFORT

SUBSAMPLING = {
    "auto": <int>SVAC2_SUBSAMPLING_AUTO,
    "4:0:0": <int>SVAC2_SUBSAMPLING_400,
    "4:2:0": <int>SVAC2_SUBSAMPLING_420,
    "4:4:4": <int>SVAC2_SUBSAMPLING_444,
}

# SVAC2_ERR_CANCELLED is not here: the exception that the progress callback raised goes on.
_EXCEPTIONS = {
    SVAC2_ERR_ARGUMENT: errors.OptionError,
    SVAC2_ERR_UNSUPPORTED: errors.UnsupportedError,
    SVAC2_ERR_MEMORY: errors.OutOfMemoryError,
    SVAC2_ERR_FORMAT: errors.FormatError,
    SVAC2_ERR_TRUNCATED: errors.TruncatedError,
    SVAC2_ERR_CORRUPT: errors.CorruptError,
    SVAC2_ERR_LIMIT: errors.LimitError,
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


cdef object _allocate(uint32_t width, uint32_t height, uint32_t channels):
    shape = [height, width]
    if channels != 1:
        shape.append(channels)
    try:
        return np.empty(shape, np.uint8)
    except MemoryError:
        raise errors.OutOfMemoryError(f"no memory for a picture of {width}x{height}") from None


cdef bytes _encode(const uint8_t[:, :, :] image, uint8_t *reconstruction, int qp, int effort,
                   int subsampling, int threads, bint checksum, uint32_t cpu_mask, function):
    cdef svac2_image source
    cdef svac2_encode_options options
    cdef svac2_error error
    cdef svac2_status status
    cdef uint8_t *out = NULL
    cdef size_t size = 0
    cdef _Progress progress = _Progress(function)

    source.data = &image[0, 0, 0]
    source.stride = image.strides[0]
    source.height = <uint32_t>image.shape[0]
    source.width = <uint32_t>image.shape[1]
    source.channels = <uint32_t>image.shape[2]
    options.qp = qp
    options.effort = effort
    options.subsampling = subsampling
    options.threads = threads
    options.checksum = checksum
    options.cpu_mask = cpu_mask
    options.progress = _callback(progress)
    options.progress_user = <void *>progress
    options.reconstruction = reconstruction
    with nogil:
        status = svac2_encode(&source, &options, &out, &size, &error)
    try:
        _check(status, &error, progress)
        return out[:size]
    finally:
        svac2_free(out)


def encode(image, *, int qp, int effort, int subsampling, int threads, bint checksum,
           uint32_t cpu_mask, progress):
    """Encode samples of shape (height, width, channels), the last two axes contiguous."""
    return _encode(image, NULL, qp, effort, subsampling, threads, checksum, cpu_mask, progress)


def encode_with_reconstruction(image, *, int qp, int effort, int subsampling, int threads,
                               bint checksum, uint32_t cpu_mask, progress):
    """Encode, and return also the picture that a decoder will make of it, for the tests."""
    pixels = _allocate(image.shape[1], image.shape[0], image.shape[2])
    cdef uint8_t[::1] samples = pixels.reshape(-1)
    data = _encode(image, &samples[0], qp, effort, subsampling, threads, checksum, cpu_mask,
                   progress)
    return data, pixels


cdef svac2_info _read_info(const uint8_t[::1] data) except *:
    cdef svac2_info info
    cdef svac2_error error
    cdef svac2_status status
    with nogil:
        status = svac2_read_info(&data[0], data.shape[0], &info, &error)
    _check(status, &error, None)
    return info


def read_info(const uint8_t[::1] data):
    """Return the fields of the header by their names in svac2_info."""
    return _read_info(data)


def decode(const uint8_t[::1] data, *, int threads, bint verify, uint64_t max_pixels,
           uint32_t cpu_mask, progress):
    """Decode to shape (height, width) for grey or (height, width, channels)."""
    cdef svac2_info info = _read_info(data)
    cdef svac2_decode_options options
    cdef svac2_error error
    cdef svac2_status status
    cdef _Progress holder = _Progress(progress)

    # Before the memory of the output is asked for, which is earlier than the core can check.
    if max_pixels != 0 and <uint64_t>info.width * info.height > max_pixels:
        raise errors.LimitError(
            f"the picture is {info.width}x{info.height}, more than max_pixels={max_pixels}"
        )
    pixels = _allocate(info.width, info.height, info.channels)
    cdef uint8_t[::1] samples = pixels.reshape(-1)
    options.threads = threads
    options.verify = verify
    options.max_pixels = max_pixels
    options.cpu_mask = cpu_mask
    options.progress = _callback(holder)
    options.progress_user = <void *>holder
    with nogil:
        status = svac2_decode(&data[0], data.shape[0], &info, &options, &samples[0],
                              <Py_ssize_t>info.width * info.channels, &error)
    _check(status, &error, holder)
    return pixels


def cpu_features():
    """Return the SVAC2_CPU_* bits of this machine."""
    return svac2_cpu_features()
