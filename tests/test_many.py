"""encode_many and decode_many: order, bounds, failures, what other processes are sent."""

import inspect
import io
import itertools
import pickle
import threading
import time
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image, features

import svac2
from svac2 import errors, executors


@pytest.fixture(scope="module")
def processes():
    # Not forked: threads of other tests may hold locks.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        yield pool


@pytest.fixture(scope="module")
def tiles(photo):
    return [np.roll(photo, 9 * k, axis=1)[:24, :32] for k in range(6)]


@pytest.fixture(scope="module")
def files(tiles):
    return [svac2.encode(tile, qp=30) for tile in tiles]


class Endless:
    """Pictures without end, which counts those that were taken."""

    def __init__(self, picture):
        self.picture = picture
        self.taken = 0

    def __iter__(self):
        return self

    def __next__(self):
        self.taken += 1
        return self.picture


class Slow:
    """An executor whose jobs run when their results are asked for; counts those cancelled."""

    def __init__(self):
        self.jobs = []
        self.cancelled = 0

    def submit(self, function, item):
        def cancel():
            self.cancelled += 1

        self.jobs.append(item)
        return SimpleNamespace(result=lambda: function(item), cancel=cancel)


def test_results_are_those_of_one_picture_and_in_order(tiles, files):
    assert list(svac2.encode_many(tiles, qp=30)) == files
    decoded = list(svac2.decode_many(files, max_size=16))
    for pixels, file in zip(decoded, files, strict=True):
        np.testing.assert_array_equal(pixels, svac2.decode(file, max_size=16))


def test_executors_of_threads_and_processes(tiles, files, processes):
    with ThreadPoolExecutor(3) as threads:
        for executor in (threads, processes):
            assert list(svac2.encode_many(iter(tiles), executor=executor, qp=30)) == files
            pixels = list(svac2.decode_many(files, executor=executor))
            np.testing.assert_array_equal(pixels, [svac2.decode(file) for file in files])
            executor.submit(int).result()  # stays open


def test_the_order_is_kept_when_the_first_picture_is_the_last_to_be_done(tiles, files):
    def late(function, item):
        time.sleep(0.05 * (item is tiles[0]))
        return function(item)

    with ThreadPoolExecutor(4) as pool:
        executor = SimpleNamespace(submit=lambda *job: pool.submit(late, *job))
        assert list(svac2.encode_many(tiles, executor=executor, qp=30)) == files


@pytest.mark.parametrize("buffersize", [1, 3])
def test_no_more_pictures_are_held_than_allowed(tiles, buffersize):
    source, executor = Endless(tiles[0]), Slow()
    results = svac2.encode_many(source, executor=executor, buffersize=buffersize)
    assert source.taken == 0
    for count, _ in enumerate(itertools.islice(results, 5), 1):
        assert source.taken == count + buffersize - 1
    results.close()
    assert executor.cancelled == buffersize - 1


def test_the_default_look_ahead_hangs_on_the_workers(tiles):
    source = Endless(tiles[0])
    with ThreadPoolExecutor(3) as pool:
        executor = SimpleNamespace(submit=Slow().submit, _max_workers=pool._max_workers)
        next(svac2.encode_many(source, executor=executor))
    assert source.taken == 6


def test_a_result_that_is_there_waits_for_no_further_picture(tiles):
    def source():
        yield tiles[0]
        yield tiles[1]
        raise AssertionError("a third picture was asked for")

    def at_once(function, item):
        future = Future()
        future.set_result(function(item))
        return future

    results = svac2.encode_many(source(), executor=SimpleNamespace(submit=at_once), buffersize=9)
    assert next(results) == svac2.encode(tiles[0])
    assert next(results) == svac2.encode(tiles[1])


def test_options_are_checked_before_a_picture_is_taken(tiles):
    source = Endless(tiles[0])
    for options in (
        {"quality": 101},
        {"qualty": 75},
        {"effort": "fast"},
        {"lossless": True, "qp": 30},
        {"model": "nobody"},
        {"limits": 5},
        {"bit_depth": 9},
        {"buffersize": 0},
        {"return_exceptions": 1},
        {"executor": 4},
        {"executor": "threads"},
    ):
        with pytest.raises(svac2.OptionError):
            svac2.encode_many(source, **options)
    with pytest.raises(svac2.OptionTypeError, match="progress is for one picture"):
        svac2.encode_many(source, progress=print)
    for options in ({"max_size": 0}, {"quality": 75}, {"channels": 5}):
        with pytest.raises(svac2.OptionError):
            svac2.decode_many(source, **options)
    with pytest.raises(svac2.OptionTypeError, match="out is for one picture"):
        svac2.decode_many(source, out=np.empty((24, 32, 3), np.uint8))
    assert source.taken == 0


def test_one_picture_is_not_many(photo, encoded, tmp_path):
    with (tmp_path / "file").open("wb+") as file:
        for one in ("photo.png", Path("photo.png"), encoded, file, photo, photo[0], 5, None):
            with pytest.raises(svac2.OptionTypeError, match="must come from an iterable"):
                svac2.encode_many(one)
            with pytest.raises(svac2.OptionTypeError, match="must come from an iterable"):
                svac2.decode_many(one)
    assert len(list(svac2.encode_many(np.zeros((2, 8, 8), np.uint8)))) == 2
    assert len(list(svac2.encode_many(photo[np.newaxis]))) == 1
    assert list(svac2.encode_many([])) == []


def test_jobs_run_on_one_thread_unless_told(monkeypatch, tiles):
    given = []
    monkeypatch.setattr(
        "svac2._core.codec.encode",
        lambda image, **options: given.append(options["threads"]) or b"",
    )
    list(svac2.encode_many(tiles[:1], executor=Slow()))
    list(svac2.encode_many(tiles[:1], executor=Slow(), threads=2))
    assert given == [1, 2]


def test_the_failure_of_a_picture_names_it_and_ends_the_iteration(files):
    executor = Slow()
    bad = [*files[:2], files[2][:40], *files[3:]]
    results = svac2.decode_many(bad, executor=executor, buffersize=3)
    next(results), next(results)
    with pytest.raises(svac2.TruncatedError, match=r"^picture 2: the file has 40 of"):
        next(results)
    assert executor.cancelled == 2
    assert next(results, None) is None


def test_failures_in_place_of_results(tiles, files, tmp_path):
    path = tmp_path / "none.png"
    broken = np.zeros((4, 4, 7), np.uint8)
    found = list(
        svac2.encode_many([tiles[0], path, broken, tiles[1]], return_exceptions=True, qp=30)
    )
    assert (found[0], found[3]) == (files[0], files[1])
    assert isinstance(found[1], FileNotFoundError)
    assert found[1].filename == str(path)
    assert found[1].__notes__ == ["picture 1"]
    assert isinstance(found[2], svac2.UnsupportedError)
    assert str(found[2]).startswith("picture 2: an array of shape (4, 4, 7)")


def test_other_exceptions_are_always_raised(tiles):
    def submit(function, item):
        future = Future()
        future.set_exception(ZeroDivisionError())
        return future

    executor = SimpleNamespace(submit=submit)
    with pytest.raises(ZeroDivisionError) as caught:
        list(svac2.encode_many(tiles, executor=executor, return_exceptions=True))
    assert caught.value.__notes__ == ["picture 0"]


def test_what_the_iterable_raises_cancels_the_rest(tiles):
    def source():
        yield from tiles[:3]
        raise ZeroDivisionError

    executor = Slow()
    with pytest.raises(ZeroDivisionError):
        list(svac2.encode_many(source(), executor=executor, buffersize=9))
    assert executor.cancelled == 3


def test_an_executor_that_was_shut_down(tiles):
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="shutdown"):
        next(svac2.encode_many(tiles, executor=pool))


def test_jobs_that_somebody_cancels(tiles):
    pool = ThreadPoolExecutor(1)
    started, may_go = threading.Event(), threading.Event()
    pool.submit(lambda: (started.set(), may_go.wait()))
    started.wait()

    def source():
        yield from tiles[:2]
        pool.shutdown(wait=False, cancel_futures=True)
        may_go.set()

    with pytest.raises(CancelledError):
        list(svac2.encode_many(source(), executor=pool, buffersize=4))


@pytest.mark.parametrize("end", ["close", "interrupt"])
def test_own_threads_stop_with_the_iteration(monkeypatch, end):
    began, ended = threading.Event(), []

    def work(encoding, item, *, progress):
        for done in range(item):
            began.set()
            progress(done, item)
            time.sleep(0.01)
        ended.append(item)

    def source():
        yield 0
        yield 6000
        if end == "interrupt":
            began.wait()
            raise KeyboardInterrupt
        yield 6000

    monkeypatch.setattr("svac2.encoding.Encoding.run", work)
    results = svac2.encode_many(source(), buffersize=2)
    next(results)
    if end == "close":
        results.close()
    else:
        with pytest.raises(KeyboardInterrupt):
            next(results)
    assert ended == [0]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("svac2")]


def test_own_threads_end_the_work_of_the_codec(monkeypatch):
    calls = itertools.count()

    def stop(self, done, total):
        if next(calls) >= 3:
            raise CancelledError

    monkeypatch.setattr(executors.OwnThreads, "_go_on", stop)
    noise = np.random.default_rng(5).integers(0, 256, (512, 512), np.uint8)
    with pytest.raises(CancelledError):
        next(svac2.encode_many([noise], effort=1))


def test_what_cannot_be_sent_to_processes(processes, tmp_path, photo, tiles, files):
    path = tmp_path / "photo.png"
    Image.fromarray(photo).save(path)
    with path.open("rb") as file:
        found = svac2.encode_many([tiles[0], file], executor=processes, qp=30)
        assert next(found) == files[0]
        with pytest.raises(svac2.OptionTypeError, match=r"^picture 1: an open file cannot be sent"):
            next(found)
        assert next(svac2.encode_many([file])) == svac2.encode(path)  # threads can read it
    with Image.open(path) as image:
        with pytest.raises(svac2.OptionTypeError, match="picture 0: a Pillow image that is read"):
            next(svac2.encode_many([image], executor=processes))
        image.load()
        assert next(svac2.encode_many([image], executor=processes)) == svac2.encode(photo)
    sources = [str(path), path, io.BytesIO(path.read_bytes()), Image.fromarray(photo)]
    assert set(svac2.encode_many(sources, executor=processes)) == {svac2.encode(photo)}
    [pixels] = svac2.decode_many([memoryview(files[0])], executor=processes)
    np.testing.assert_array_equal(pixels, svac2.decode(files[0]))


def test_loaded_pillow_images_are_the_same_in_processes(processes, photo):
    exif = Image.Exif()
    exif[0x112] = 6  # to be turned
    opaque = Image.fromarray(photo[:24, :32])
    clear = Image.fromarray(np.dstack([photo[:24, :32], photo[24:48, :32, 0]]))
    deep = Image.fromarray(photo[:24, :32, 0].astype(np.uint16) * 257)
    images = []
    for image, name, options in (
        (opaque, "JPEG", {}),
        (opaque, "MPO", {}),
        (opaque, "PPM", {}),
        (opaque, "BMP", {}),
        (opaque, "JPEG2000", {}),
        (opaque.convert("1"), "PNG", {}),
        (opaque.convert("L"), "PNG", {"transparency": 90}),
        (opaque.convert("P"), "PNG", {"transparency": 3}),
        (clear, "PNG", {}),
        (clear, "WEBP", {"lossless": True}),
        (clear, "TGA", {}),
        (clear.quantize(16), "PNG", {}),
        (clear.quantize(16), "TGA", {}),  # whose palette has alpha
        (deep, "PNG", {}),
        *([(clear, "AVIF", {})] if features.check("avif") else []),
    ):
        file = io.BytesIO()
        image.save(file, name, exif=exif, **options)
        with Image.open(file) as loaded:
            loaded.load()
        images.append(loaded)
    here = list(svac2.encode_many(images))
    assert list(svac2.encode_many(images, executor=processes)) == here
    assert svac2.info(here[0]).exif is not None
    assert [svac2.info(data).channels for data in here].count(4) >= 6


def test_a_loaded_tiff_image_is_not_sent_without_its_tags(processes, photo):
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "TIFF", exif=Image.Exif())
    with Image.open(file) as loaded:
        loaded.load()
    assert loaded.fp is None
    with pytest.raises(svac2.OptionTypeError, match="image with the tags of a TIFF file cannot"):
        next(svac2.encode_many([loaded], executor=processes))
    [data] = svac2.encode_many([loaded.copy()], executor=processes)  # which has none
    assert data == svac2.encode(photo)


def test_models_and_limits_are_sent_to_processes(processes, tmp_path, network_arrays, tiles):
    path = tmp_path / "weights.npz"
    np.savez(path, **network_arrays())
    limits = svac2.Limits(max_side=31)
    options = {"model": path, "qp": 30}
    sent = svac2.encode_many(tiles[:2], executor=processes, **options)
    path_of_others = path.rename(tmp_path / "moved.npz")  # loaded here, whatever others can open
    assert list(sent) == [svac2.encode(t, model=path_of_others, qp=30) for t in tiles[:2]]
    with pytest.raises(svac2.LimitError, match="picture 0: a side of the 32x24 picture is 32"):
        next(svac2.encode_many(tiles, executor=processes, limits=limits))


def test_errors_come_from_processes_as_they_are(processes, files):
    for bad, kind in (
        (b"", svac2.EndOfStreamError),
        (files[0][:40], svac2.TruncatedError),
        (files[0][:-1] + b"\0", svac2.CorruptError),
        (b"svac" * 9, svac2.FormatError),
    ):
        with pytest.raises(svac2.SvacError) as caught:
            next(svac2.decode_many([bad], executor=processes))
        assert type(caught.value) is kind
        with pytest.raises(kind) as here:
            svac2.decode(bad)
        assert str(caught.value) == f"picture 0: {here.value}"


def test_warnings_of_files_that_are_not_whole(processes, tmp_path, photo):
    data = svac2.encode(photo, mode="multiscale")
    path = tmp_path / "cut.svac2"
    path.write_bytes(data[:-1])
    for executor in (None, processes):
        with pytest.warns(svac2.PartialWarning) as caught:
            whole, first, second = svac2.decode_many(
                [data, data[:-1], path], allow_partial=True, executor=executor
            )
        assert whole.shape > first.shape == second.shape
        messages = [str(warning.message) for warning in caught]
        assert messages[0].startswith("picture 1: the file ends early, after")
        assert messages[1].startswith(f"picture 2: {path}: the file ends early")
        assert len(messages) == 2
        assert {warning.filename for warning in caught} == {__file__}


def kinds_under(kind):
    return [kind, *itertools.chain.from_iterable(map(kinds_under, kind.__subclasses__()))]


@pytest.mark.parametrize("kind", kinds_under(errors.SvacError))
def test_every_error_can_be_pickled(kind):
    import distributed  # noqa: F401 - which has exceptions pickled in a way of its own

    again = pickle.loads(pickle.dumps(kind("what is wrong")))
    assert type(again) is kind
    assert again.args == ("what is wrong",)


class Ray:
    """As much of the module ray as is used, whose tasks run at once."""

    class exceptions:  # noqa: N801
        class RayTaskError(Exception):
            def __init__(self, cause):
                self.cause = cause

    def __init__(self):
        self.cancelled = []

    def cluster_resources(self):
        return {"CPU": 1.0, "memory": 5.0}

    def remote(self, function):
        assert inspect.isfunction(function)

        def start(*arguments):
            try:
                return function(*pickle.loads(pickle.dumps(arguments)))
            except svac2.SvacError as error:
                return self.exceptions.RayTaskError(error)

        return SimpleNamespace(remote=start)

    def wait(self, references, *, timeout):
        return [], references

    def get(self, reference):
        if isinstance(reference, Exception):
            raise reference
        return reference

    def cancel(self, reference):
        self.cancelled.append(reference)


def test_ray(tiles, files):
    ray = Ray()
    assert list(svac2.encode_many(tiles, executor=ray, qp=30)) == files
    assert executors.workers_of(ray).count == 1
    results = svac2.decode_many([files[0], b"", *files], executor=ray, buffersize=4)
    next(results)
    with pytest.raises(svac2.EndOfStreamError, match="picture 1"):
        next(results)
    assert len(ray.cancelled) == 3


@pytest.mark.slow
def test_ray_itself(tiles, files):
    ray = pytest.importorskip("ray")
    with ray.init(num_cpus=1, include_dashboard=False):
        assert list(svac2.encode_many(tiles, executor=ray, qp=30)) == files
        with pytest.raises(svac2.EndOfStreamError, match="picture 1"):
            list(svac2.decode_many([files[0], b"", *files], executor=ray))
