"""The command line: many files in one call."""

import errno
import io
import os
import random
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

import svac2
from svac2 import cli
from svac2.cli import processes, progress
from svac2.cli.plan import Job, Naming, Plan
from svac2.cli.processes import run_in_processes
from svac2.cli.work import perform
from svac2.encoding import Encoding

COMMAND = [sys.executable, "-P", "-m", "svac2"]
FAST = ("--effort", "1")


@pytest.fixture
def run(capsys):
    """Run the command; return its status and what it printed."""

    def call(*arguments):
        try:
            status = cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = stop.code
        return status, *capsys.readouterr()

    return call


@pytest.fixture
def folder(tmp_path):
    """A folder of three pictures, one of them in a folder of its own, and what is none."""
    folder = tmp_path / "photos"
    (folder / "2025").mkdir(parents=True)
    for number, name in enumerate(("a.png", "b.jpg", "2025/c.webp")):
        make_picture(folder / name, number)
    (folder / "notes.txt").write_text("of the holidays")
    (folder / ".hidden.png").write_bytes(b"")
    return folder


def make_picture(path, seed=0, size=(24, 16)):
    noise = np.random.default_rng(seed).integers(0, 255, (*size[::-1], 3))
    Image.fromarray(noise.astype(np.uint8)).save(path)
    os.utime(path, (1_500_000_000 + seed, 1_500_000_000.25 + seed))
    return path


def copy_of(source, *, progress):
    return source.read_bytes()


def table(text):
    """Return the rows of the summary."""
    lines = (line.rsplit(maxsplit=1) for line in text.splitlines())
    return {name.strip(): value for name, value in lines}


def names_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


class TestFiles:
    def test_encode(self, run, folder, tmp_path):
        out = tmp_path / "new" / "out"
        status, printed, error = run("encode", *folder.glob("?.*"), *FAST, "-o", out)
        assert (status, error) == (0, "")
        assert names_in(out) == {"a.svac2", "b.svac2"}
        for source in folder.glob("?.*"):
            target = out / f"{source.stem}.svac2"
            assert target.read_bytes() == svac2.encode(source, effort=1)
            assert target.stat().st_mtime_ns == source.stat().st_mtime_ns
        rows = table(printed)
        assert (rows["files"], rows["made"], rows["failed"]) == ("2", "2", "0")
        before = sum(path.stat().st_size for path in folder.glob("?.*"))
        assert int(rows["bytes before"].replace(",", "")) == before

    def test_folders(self, run, folder, tmp_path):
        (folder / "link").symlink_to(folder)
        out = tmp_path / "out"
        status, printed, error = run("encode", "-r", folder, *FAST, "-o", out, "-v")
        assert (status, error) == (0, "")
        assert names_in(out) == {"a.svac2", "b.svac2", "2025/c.svac2"}
        assert re.search(r"^left out +3$", printed, re.M)
        reasons = {
            "link": "a link to a folder",
            "notes.txt": "no input by its name",
            ".hidden.png": "hidden",
        }
        for name, reason in reasons.items():
            assert f"{folder / name}: left out, {reason}\n" in printed
        assert f"{folder / 'a.png'} -> {out / 'a.svac2'}: " in printed
        back = tmp_path / "back"
        arguments = ("--format", "jpg", "-q", 95, "-o", back)
        assert run("decode", "--recursive", out, *arguments)[0] == 0
        assert names_in(back) == {"a.jpg", "b.jpg", "2025/c.jpg"}
        assert (back / "a.jpg").stat().st_mtime_ns == (folder / "a.png").stat().st_mtime_ns

    def test_beside_the_sources(self, run, folder):
        before = names_in(folder)
        assert run("encode", "-r", folder, *FAST, "-o", folder)[0] == 0
        assert names_in(folder) == before | {"a.svac2", "b.svac2", "2025/c.svac2"}

    @pytest.mark.skipif(sys.platform == "win32", reason="needs named pipes")
    def test_pipes(self, run, folder, tmp_path):
        """They have no end to wait for; a link that leads nowhere fails."""
        os.mkfifo(folder / "pipe.jpg")
        (folder / "lost.jpg").symlink_to(folder / "nowhere")
        out = tmp_path / "out"
        status, printed, error = run("encode", "-r", folder, *FAST, "-o", out, "-v")
        assert (status, names_in(out)) == (1, {"a.svac2", "b.svac2", "2025/c.svac2"})
        assert f"{folder / 'pipe.jpg'}: left out, no regular file\n" in printed
        assert error == f"svac2: {folder / 'lost.jpg'}: No such file or directory\n"
        status, _, error = run("encode", folder / "pipe.jpg", "-o", out)
        assert status == 2
        assert "pipe.jpg is no regular file, as -o needs" in error

    def test_files_given_twice(self, run, folder, tmp_path, monkeypatch):
        monkeypatch.chdir(folder)
        out, again = tmp_path / "out", (folder / "a.png", "2025/../a.png", "2025/c.webp", "2025")
        status, printed, error = run("encode", "-r", ".", *again, *FAST, "-o", out)
        assert (status, error, table(printed)["files"]) == (0, "", "3")
        assert names_in(out) == {"a.svac2", "b.svac2", "2025/c.svac2"}

    @pytest.mark.skipif(sys.platform == "win32", reason="needs names that it refuses")
    def test_names_that_steer_terminals(self, run, folder, tmp_path):
        name = "a\x1b[2J\n\u202egnp"
        escaped = r"a\x1b[2J\n\u202egnp"
        make_picture(folder / f"{name}.png")
        (folder / f"{name}.jpg").write_bytes(b"no picture")
        out = tmp_path / "out"
        options = ("-r", "--keep-suffix", *FAST, "-v")
        status, printed, error = run("encode", folder, *options, "-o", out)
        assert status == 1
        reason = "not a picture that Pillow can read"
        assert error == f"svac2: {folder}/{escaped}.jpg: {reason}\n"
        assert f"\n{folder}/{escaped}.png -> {out}/{escaped}.png.svac2: " in f"\n{printed}"
        file = out / f"{name}.png.svac2"
        for call in (["info", file, file], ["encode", "x", "y", f"--{name}"]):
            _, *printed = run(*call)
            assert escaped in "".join(printed)
            assert not {"\x1b", "\u202e"} & set("".join(printed))

    def test_failures(self, run, folder, tmp_path):
        (folder / "a.png").write_bytes((folder / "a.png").read_bytes()[:200])
        missing, out = folder / "d.png", tmp_path / "out"
        files = (missing, folder / "a.png", folder / "b.jpg")
        status, printed, error = run("encode", *files, *FAST, "-o", out)
        assert status == 1
        assert f"svac2: {missing}: No such file" in error
        assert f"svac2: {folder / 'a.png'}: damaged picture" in error
        assert error.count("\n") == 2
        assert names_in(out) == {"b.svac2"}
        assert table(printed)["failed"] == "2"

    @pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
    def test_full_disk(self, run, folder, tmp_path, monkeypatch, number):
        """What comes later would be encoded in vain."""
        out, write = tmp_path / "out", Mock(side_effect=OSError(number, os.strerror(number)))
        monkeypatch.setattr("svac2.cli.work.write_atomically", write)
        arguments = ("encode", "-r", folder, *FAST, "-o", out)
        status, printed, error = run(*arguments)
        assert (status, write.call_count, names_in(out)) == (1, 1, set())
        failure, stop = error.splitlines()
        assert failure == f"svac2: {folder / 'a.png'}: {os.strerror(number)}"
        assert stop.startswith("svac2: stopped, as there is no room for more")
        rows = table(printed)
        assert (rows["files"], rows["made"], rows["failed"]) == ("3", "0", "1")
        monkeypatch.undo()
        assert table(run(*arguments, "--resume")[1])["made"] == "3"

    def test_partial(self, run, tmp_path):
        path, out = tmp_path / "a.svac2", tmp_path / "out"
        picture = Image.open(make_picture(tmp_path / "a.png", size=(160, 120)))
        path.write_bytes(svac2.encode(picture, mode="multiscale", effort=1)[:-1])
        status, _, error = run("decode", path, "--allow-partial", "-o", out)
        assert (status, names_in(out)) == (0, {"a.png"})
        assert error.startswith(f"svac2: warning: {path}: the file ends early")

    def test_options_between_files(self, run, folder, tmp_path):
        files = folder / "a.png", folder / "b.jpg"
        assert run("encode", files[0], "-o", tmp_path / "out", *FAST, files[1])[0] == 0
        assert names_in(tmp_path / "out") == {"a.svac2", "b.svac2"}

    @pytest.mark.parametrize("package", ["pillow_heif", "pillow_jxl"])
    def test_packages(self, run, package, tmp_path):
        pytest.importorskip(package, reason=f"needs {package}")
        name = {"pillow_heif": "a.heic", "pillow_jxl": "a.jxl"}[package]
        script = (
            "import sys, svac2.pictures.readers as r; r.register_plugins(); from PIL import Image;"
            "Image.new('RGB', (20, 30), 'red').save(sys.argv[1])"
        )
        subprocess.run([sys.executable, "-P", "-c", script, tmp_path / name], check=True)
        out = tmp_path / "out"
        subprocess.run([*COMMAND, "encode", "-r", tmp_path, "-o", out], check=True)
        assert svac2.read(out / "a.svac2").shape == (30, 20, 3)

    def test_missing_packages(self, run, tmp_path):
        """Pictures that need one are not left out, they fail."""
        (tmp_path / "in").mkdir()
        (tmp_path / "in/a.heic").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0")
        (tmp_path / "in/b.jxl").write_bytes(b"\xff\x0a\0\0")
        status, printed, error = run("encode", "-r", tmp_path / "in", "-o", tmp_path / "out")
        assert (status, table(printed)["failed"]) == (1, "2")
        assert "a.heic: " in error
        assert "b.jxl: " in error


class TestRefusals:
    """Of what would lose a file, or is not clear: nothing is written."""

    @pytest.fixture(autouse=True)
    def places(self, folder, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        self.folder, self.out = folder, tmp_path / "out"

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["encode", "x.png", "-r"], "--recursive is for FILES... -o DIR"),
            (["encode", "x.png", "y", "--resume"], "--resume is for FILES... -o DIR"),
            (["encode", "x.png", "y", "-j", "2"], "--jobs is for FILES... -o DIR"),
            (["encode", "x.png"], "a file alone, and nowhere to write to"),
            (["encode", "x.png", "y.png", "z.png"], "3 files, and nowhere to write to"),
            (["encode", "x.png", "photos"], "photos is a folder: give -o photos"),
            (["encode", "photos", "-o", "out"], "photos is a folder: -r (--recursive) takes"),
            (["encode", "x.png", "-o", "x.svac2"], "-o x.svac2: that is the folder"),
            (["encode", "-", "-o", "out"], "- has no name"),
            (["encode", "x.png", "-o", "out", "-j", "x"], "jobs must be an integer from 0 to 64"),
            (["encode", "x.png", "-o", "out", "--effort", "10"], "effort=10 is out of range"),
            (["encode", "x.png", "-o", "out", "--resume", "--overwrite"], "not allowed with"),
            (["encode", "x.png", "y.webp"], "y.webp: a name that ends in .webp belongs to another"),
            (["decode", "x.svac2", "y.jpg", "--format", "png"], "another format than --format png"),
            (["decode", "x.svac2", "y.png", "-q", "80"], "--quality is nothing to png"),
            (["decode", "x.svac2", "y.jpg", "-q", "0"], "quality=0 is out of range"),
            (["decode", "x.svac2", "-o", "out", "--format", "gif"], "invalid choice: 'gif'"),
        ],
    )
    def test_wrong_calls(self, run, arguments, message):
        status, printed, error = run(*arguments)
        assert (status, printed, error.count("\n")) == (2, "", 1)
        assert message in error
        assert not self.out.exists()

    def test_one_name_for_two(self, run):
        make_picture(self.folder / "a.jpg")
        status, printed, error = run("encode", "-r", self.folder, *FAST, "-o", self.out)
        assert (status, printed, self.out.exists()) == (2, "", False)
        assert "a.svac2 would be made of two files" in error
        assert "--keep-suffix tells them apart" in error
        assert run("encode", "-r", self.folder, *FAST, "-o", self.out, "--keep-suffix")[0] == 0
        names = {"a.jpg.svac2", "a.png.svac2", "b.jpg.svac2", "2025/c.webp.svac2"}
        assert names_in(self.out) == names

    @pytest.mark.parametrize("options", [["-r"], ["--keep-suffix"]])
    def test_same_names_in_two_folders(self, run, options):
        files = self.folder / "a.png", self.folder / "2025/a.png"
        make_picture(files[1])
        status, _, error = run("encode", *files, *options, "-o", self.out)
        assert status == 2
        assert "give the folder that has both, with -r, or write them to two folders" in error
        assert "--keep-suffix tells" not in error

    def test_one_file_for_two(self, run):
        """As upper and lower case may be, or links."""
        (self.out / "2025").mkdir(parents=True)
        (self.out / "2026").symlink_to("2025")
        (self.folder / "2026").mkdir()
        make_picture(self.folder / "2026/c.png")
        status, _, error = run("encode", "-r", self.folder, *FAST, "-o", self.out)
        assert status == 1
        assert f"{self.folder / '2026/c.png'}: {self.out / '2026/c.svac2'}: File exists" in error
        before = (self.out / "2025/c.svac2").read_bytes()
        status, _, error = run("encode", "-r", self.folder, "-o", self.out, "--overwrite")
        assert status == 2
        assert "2026/c.svac2 would be made of two files" in error
        assert (self.out / "2025/c.svac2").read_bytes() == before

    @pytest.mark.parametrize("option", ["--overwrite", "--resume"])
    def test_sources(self, run, option):
        self.out.mkdir()
        (self.out / "b.svac2").hardlink_to(self.folder / "a.png")
        before = (self.folder / "a.png").read_bytes()
        status, _, error = run("encode", *self.folder.glob("?.*"), "-o", self.out, option)
        assert status == 2
        assert "b.svac2 is one of the inputs" in error
        assert (self.folder / "a.png").read_bytes() == before

    def test_existing(self, run):
        arguments = ("encode", "-r", self.folder, *FAST, "-o", self.out)
        assert run(*arguments)[0] == 0
        (self.out / "a.svac2").write_bytes(b"precious")
        status, printed, error = run(*arguments)
        assert (status, printed) == (2, "")
        assert "3 of the files to write exist" in error
        assert (self.out / "a.svac2").read_bytes() == b"precious"
        status, printed, _ = run(*arguments, "--overwrite")
        assert (status, table(printed)["to be replaced"]) == (0, "3")
        assert (self.out / "a.svac2").read_bytes() != b"precious"

    @pytest.mark.parametrize("has_links", [True, False])
    def test_what_comes_to_be_meanwhile(self, monkeypatch, has_links):
        """As by two calls at once: the first to write a name has it."""
        if not has_links:
            monkeypatch.setattr(os, "link", Mock(side_effect=PermissionError(errno.EPERM, "")))
        self.out.mkdir()
        plans = [Plan(self.out, Naming(".svac2", {".png"})) for _ in range(2)]
        for plan, path in zip(plans, ("one/a.png", "two/a.png"), strict=True):
            Path(path).parent.mkdir()
            Path(path).write_text(path)
            plan.add(Path(path), recursive=False)
            plan.settle(resume=False, overwrite=False)
        failures = [perform(copy_of, plan.jobs[0], None).failure for plan in plans]
        assert failures == [None, f"two/a.png: {self.out / 'a.svac2'}: File exists"]
        assert names_in(self.out) == {"a.svac2"}
        assert (self.out / "a.svac2").read_text() == "one/a.png"

    def test_folder_that_is_a_file(self, run):
        self.out.write_bytes(b"precious")
        status, printed, error = run("encode", "-r", self.folder, "-o", self.out)
        assert (status, printed) == (2, "")
        assert error == f"svac2: -o {self.out} is not a folder\n"
        assert self.out.read_bytes() == b"precious"

    def test_folder_that_cannot_be_made(self, run):
        self.out.write_bytes(b"")
        status, _, error = run("encode", "-r", self.folder, "-o", self.out / "new")
        assert (status, error.count("\n")) == (1, 1)
        assert "new: Not a directory" in error


class TestResume:
    @pytest.fixture
    def resume(self, run, folder, tmp_path):
        """Run the same call again; return how many files were made."""
        arguments = ("encode", "-r", folder, *FAST, "-o", tmp_path / "out", "--resume")

        def call():
            status, printed, _ = run(*arguments)
            assert status == 0
            rows = table(printed)
            assert int(rows["made"]) + int(rows["already done"]) == 3
            return int(rows["made"])

        assert (call(), call()) == (3, 0)
        return call

    def test_missing(self, resume, tmp_path):
        (tmp_path / "out/a.svac2").unlink()
        assert (resume(), resume()) == (1, 0)

    @pytest.mark.parametrize("seconds", [-1, 1, 0.001])
    def test_changed_source(self, resume, folder, tmp_path, seconds):
        """Older ones count, too, as of a file that was moved there."""
        source = folder / "a.png"
        date = source.stat().st_mtime
        make_picture(source, 7)
        os.utime(source, (date, date + seconds))
        assert (resume(), resume()) == (1, 0)
        assert (tmp_path / "out/a.svac2").read_bytes() == svac2.encode(source, effort=1)

    def test_source_that_changes_meanwhile(self, run, folder, tmp_path, monkeypatch):
        encode, source = Encoding.run, folder / "a.png"

        def slow(*arguments, **options):
            data = encode(*arguments, **options)
            os.utime(source)
            return data

        monkeypatch.setattr(Encoding, "run", slow)
        arguments = ("encode", source, *FAST, "-o", tmp_path / "out", "--resume")
        run(*arguments)
        monkeypatch.undo()
        assert [table(run(*arguments)[1])["made"] for _ in range(2)] == ["1", "0"]

    def test_files_of_others(self, resume, tmp_path):
        (tmp_path / "out/a.svac2").write_bytes(b"something else")
        (tmp_path / "out/b.svac2").write_bytes(b"")  # as after a power failure
        assert (resume(), resume()) == (2, 0)

    def test_leftovers(self, resume, tmp_path, monkeypatch):
        left = tmp_path / "out/.svac2-0123456789abcdef.tmp"
        left.write_bytes(b"half a file")
        (tmp_path / "out/a.svac2").unlink()
        resume()
        assert left.exists()  # another process may be writing it
        monkeypatch.setattr("svac2.files._SECONDS_LEFT", -1)
        (tmp_path / "out/a.svac2").unlink()
        resume()
        assert not left.exists()


def listen_to_interrupts() -> None:
    """Undo what a shell does that starts the tests in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class TestWorkers:
    def test_same_files(self, folder, tmp_path):
        (folder / "bad.png").write_bytes(b"no picture")
        command = [*COMMAND, "encode", "-r", folder, *FAST, "-o", tmp_path / "out", "-j", "2"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 1
        reason = "not a picture that Pillow can read"
        assert done.stderr == f"svac2: {folder / 'bad.png'}: {reason}\n"
        assert table(done.stdout)["made"] == "3"
        for name in ("a.png", "b.jpg", "2025/c.webp"):
            target = (tmp_path / "out" / name).with_suffix(".svac2")
            assert target.read_bytes() == svac2.encode(folder / name, effort=1)

    def test_process_that_dies(self, tmp_path, monkeypatch):
        (tmp_path / "deadly.py").write_text(
            "import os, signal\n"
            "def work(source, *, progress):\n"
            "    if source.name == 'bad': os.kill(os.getpid(), signal.SIGKILL)\n"
            "    return source.read_bytes()\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        import deadly

        names = ("a", "bad", "c", "d")
        for name in names:
            (tmp_path / name).write_text(name)
        jobs = [Job(tmp_path / name, tmp_path / "out" / name) for name in names]
        results = {r.job.source.name: r for r in run_in_processes(jobs, deadly.work, 2)}
        assert results.keys() == set(names)
        assert "bad: its process ended with status -9" in results["bad"].failure
        assert names_in(tmp_path / "out") == {"a", "c", "d"}

    @pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
    def test_interrupt_of_a_start(self, tmp_path, monkeypatch):
        """It is not lost, and the process that starts has nothing of it."""
        (tmp_path / "plain.py").write_text(
            "def work(source, *, progress):\n    return source.read_bytes()\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        import plain

        worker = processes.Worker(plain.work)
        os.kill(worker.process.pid, signal.SIGINT)
        worker.give(Job(tmp_path / "plain.py", tmp_path / "out"))
        assert worker.take().failure is None
        worker.connection.close()
        worker.process.join()

        def interrupt():
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.1)  # another thread may take it

        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            with pytest.raises(KeyboardInterrupt), processes._without_interrupts():
                interrupt()
        finally:
            signal.signal(signal.SIGINT, before)

    def test_in_a_thread(self, folder, tmp_path):
        call = ["encode", "-r", str(folder), *FAST, "-o", str(tmp_path / "out"), "-j", "2"]
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(cli.main, call).result() == 0
        assert len(names_in(tmp_path / "out")) == 3

    def test_stopping(self, monkeypatch):
        """All processes share the time that they have to end, and are killed then."""
        monkeypatch.setattr(processes, "_SECONDS_TO_STOP", 0.25)
        workers = [Mock() for _ in range(3)]
        for worker in workers:
            worker.process.join.side_effect = time.sleep
        processes._stop(workers)
        waits = [worker.process.join.call_args.args[0] for worker in workers]
        assert 0 < sum(waits) <= 0.25
        assert all(worker.process.kill.called for worker in workers)

    def test_interrupt_while_stopping(self):
        workers = [Mock() for _ in range(3)]
        workers[0].process.join.side_effect = KeyboardInterrupt
        with pytest.raises(KeyboardInterrupt):
            processes._stop(workers)
        assert all(worker.process.kill.called for worker in workers)

    @pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
    @pytest.mark.parametrize("jobs", [1, 2])
    def test_interrupt(self, tmp_path, jobs):
        sources, out = tmp_path / "in", tmp_path / "out"
        sources.mkdir()
        for number in range(100):
            make_picture(sources / f"{number:02}.png", number, (200, 200))
        command = [*COMMAND, "encode", "-r", sources, *FAST, "-o", out, "-j", str(jobs)]
        process = subprocess.Popen(
            command,
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=listen_to_interrupts,
        )
        while not list(out.glob("*.svac2")):
            assert process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)
        printed, error = process.communicate(timeout=60)
        assert (process.returncode, error) == (130, b"")
        assert b"made" in printed
        made = list(out.iterdir())
        assert 0 < len(made) < 100
        for path in made:
            assert path.suffix == ".svac2"
            assert svac2.info(path).file_size == path.stat().st_size


@pytest.mark.skipif(sys.platform == "win32", reason="needs signals")
class TestKilled:
    """kill -9 at any moment: each output is the old file, the new one, or absent."""

    COUNT = 20

    @pytest.fixture(autouse=True)
    def files(self, tmp_path):
        self.sources, self.out = tmp_path / "in", tmp_path / "out"
        self.sources.mkdir()
        self.out.mkdir()
        for number in range(self.COUNT):
            make_picture(self.sources / f"{number:02}.png", number, (96, 64))
        sources = sorted(self.sources.iterdir())
        start = time.monotonic()
        self.new = {f"{path.stem}.svac2": svac2.encode(path, effort=1) for path in sources}
        self.seconds = (time.monotonic() - start) / self.COUNT
        self.old = {name: b"old " + name.encode() for name in list(self.new)[::2]}

    def test_a_few_moments(self):
        self.kill(moments=4)

    @pytest.mark.slow
    def test_many_moments(self):
        self.kill(moments=200)

    def kill(self, moments):
        chance, hits = random.Random(1), 0
        for moment in range(moments):
            jobs = 1 + moment % 2
            process = self.start(jobs, wanted=chance.randrange(1, self.COUNT))
            time.sleep(chance.uniform(0, self.seconds))
            process.kill()
            process.communicate()  # until its processes, which have the pipe too, have ended
            found = {path.name: path.read_bytes() for path in self.out.glob("*.svac2")}
            for name, content in found.items():
                assert content in (self.old.get(name), self.new[name])
            assert self.old.keys() <= found.keys()
            hits += 0 < self.made() < self.COUNT
            if moment % 10 == 1:
                command = [*self.command(1), "--resume"]
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                assert self.made() == self.COUNT
        print(f"{hits} of {moments} kills hit the middle of a batch")
        assert hits > moments / 2

    def command(self, jobs):
        return [*COMMAND, "encode", "-r", self.sources, *FAST, "-o", self.out, "-j", str(jobs)]

    def start(self, jobs, wanted):
        """Start a batch upon old files; return it when so many new ones are there."""
        for path in self.out.iterdir():
            path.unlink()
        for name, content in self.old.items():
            (self.out / name).write_bytes(content)
        process = subprocess.Popen([*self.command(jobs), "--overwrite"], stdout=subprocess.PIPE)
        while self.made() < wanted and process.poll() is None:
            time.sleep(0.002)
        return process

    def made(self):
        """Return how many new files are there."""
        files = ((self.out / name, data) for name, data in self.new.items())
        return sum(path.exists() and path.read_bytes() == data for path, data in files)


class TestProgress:
    def test_bar_of_all_files(self, run, folder, tmp_path, monkeypatch):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        monkeypatch.setattr(progress.ProgressBar, "DELAY", 0)
        monkeypatch.setattr(progress.ProgressBar, "INTERVAL", 0)
        assert run("encode", "-r", folder, *FAST, "-o", tmp_path / "out")[0] == 0
        drawn = terminal.getvalue()
        assert "encoding [" in drawn
        assert "] 100%" in drawn
        assert drawn.endswith("\r\x1b[K")

    @pytest.mark.parametrize(
        ("seconds", "text"), [(5, "5 s"), (99, "99 s"), (120, "0:02 h"), (7_260, "2:01 h")]
    )
    def test_time_left(self, seconds, text):
        assert progress._span(seconds) == text
