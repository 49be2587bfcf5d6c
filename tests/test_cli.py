"""The command line."""

import errno
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

import svac2
from svac2 import cli, options
from svac2.cli import commands, progress
from svac2.encoding import Encoding
from svac2.metrics import psnr


@pytest.fixture
def picture(photo, tmp_path):
    path = tmp_path / "photo.png"
    Image.fromarray(photo).save(path)
    return path


@pytest.fixture
def run(capsys, monkeypatch):
    """Run the command; return its status and what it printed."""
    monkeypatch.setenv("SVAC2_CPU", "auto")  # --cpu sets it: restored after the test

    def call(*arguments):
        try:
            status = cli.main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = stop.code
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return call


def test_encode_and_decode(run, picture, photo, tmp_path):
    file, decoded = tmp_path / "photo.svac2", tmp_path / "decoded.png"
    assert run("encode", picture, file, "--qp", 20, "--effort", 3) == (0, "", "")
    assert file.read_bytes() == svac2.encode(photo, qp=20, effort=3)
    assert run("decode", file, decoded) == (0, "", "")
    np.testing.assert_array_equal(np.asarray(Image.open(decoded)), svac2.read(file))


def test_encoder_options(run, picture, photo, tmp_path):
    file = tmp_path / "photo.svac2"
    arguments = "--quality 60.5 --effort 2 --subsampling 4:2:0 --threads 2 --no-checksum"
    assert run("encode", picture, file, *arguments.split())[0] == 0
    assert file.read_bytes() == svac2.encode(
        photo, quality=60.5, effort=2, subsampling="4:2:0", checksum=False
    )


def test_layers(run, picture, photo, tmp_path):
    file, small = tmp_path / "photo.svac2", tmp_path / "small.png"
    arguments = "--qp 30 --mode multiscale --base-scale 4"
    assert run("encode", picture, file, *arguments.split()) == (0, "", "")
    data = svac2.encode(photo, qp=30, mode="multiscale", base_scale=4)
    assert file.read_bytes() == data
    for option, value, keywords in [
        ("--max-size", 20, {"max_size": 20}),
        ("--scale", "1/4", {"scale": 1 / 4}),
        ("--scale", 0.5, {"scale": 1 / 2}),
    ]:
        assert run("decode", file, small, option, value) == (0, "", "")
        np.testing.assert_array_equal(np.asarray(Image.open(small)), svac2.decode(data, **keywords))
    status, _, message = run("decode", file, small, "--max-size", 20, "--scale", "1/4")
    assert status == 2
    assert "not allowed with argument" in message
    base, whole = svac2.info(data).layers
    assert (
        f"28x19, qp {base.qp:g}, bytes {base.start} to {base.end}; 111x73" in run("info", file)[1]
    )
    fields = json.loads(run("info", file, "--json")[1])
    assert fields["mode"] == "multiscale"
    assert [layer["end"] for layer in fields["layers"]] == [base.end, whole.end]


def test_partial(run, picture, tmp_path):
    file, out = tmp_path / "photo.svac2", tmp_path / "out.png"
    run("encode", picture, file, "--mode", "multiscale")
    file.write_bytes(file.read_bytes()[:-1])
    status, printed, message = run("decode", file, out, "--allow-partial")
    assert (status, printed) == (0, "")
    assert message.startswith(f"svac2: warning: {file}: the file ends early")
    assert "14x10 pixels, the whole picture has 111x73" in message
    with Image.open(out) as image:
        assert image.size == (14, 10)
    status, _, message = run("decode", file, out)
    assert status == 1
    assert "layer of 14x10 pixels is complete: allow_partial=True (--allow-partial)" in message


@pytest.mark.parametrize("cpu", options.CPU_CHOICES)
def test_processor(run, picture, photo, tmp_path, cpu):
    file = tmp_path / "photo.svac2"
    assert run("encode", picture, file, "--cpu", cpu)[0] == 0
    assert options.cpu_mask() == options._CPU_MASKS[cpu]
    assert file.read_bytes() == svac2.encode(photo)


def test_decoder_options(run, picture, tmp_path, monkeypatch):
    file, decoded = tmp_path / "photo.svac2", tmp_path / "decoded.png"
    run("encode", picture, file)
    monkeypatch.setattr(svac2.Limits, "untrusted", lambda: svac2.Limits(max_pixels=10))
    status, _, error = run("decode", file, decoded, "--limits", "untrusted")
    assert status == 1
    assert "max_pixels=10" in error
    assert not decoded.exists()
    assert run("decode", file, decoded, "--limits", "none", "--no-verify", "--threads", 1)[0] == 0
    assert decoded.exists()


def test_restoration(run, picture, photo, tmp_path):
    file, decoded = tmp_path / "photo.svac2", tmp_path / "decoded.png"
    assert run("encode", picture, file, "--qp", 48, "--enhance", "off") == (0, "", "")
    assert file.read_bytes() == svac2.encode(photo, qp=48, enhance=False)
    for text, asked in (("auto", "auto"), ("on", True), ("off", False), ("0.5", 0.5), ("2", 2)):
        assert run("decode", file, decoded, "--enhance", text)[0] == 0
        expected = svac2.read(file, enhance=asked)
        np.testing.assert_array_equal(np.asarray(Image.open(decoded)), expected)
    assert run("decode", file, decoded, "--enhance", "on", "--model", "clic2018")[0] == 0
    expected = svac2.read(file, enhance=True, model="clic2018")
    np.testing.assert_array_equal(np.asarray(Image.open(decoded)), expected)
    assert run("encode", picture, file, "--qp", 48, "--model", "clic2018")[0] == 0
    assert file.read_bytes() == svac2.encode(photo, qp=48, model="clic2018")


def test_weight_file(run, picture, photo, network_arrays, tmp_path):
    file, decoded, weights = (tmp_path / name for name in ("a.svac2", "a.png", "own.npz"))
    np.savez(weights, **network_arrays())
    assert run("encode", picture, file, "--model", weights) == (0, "", "")
    assert run("decode", file, decoded, "--model", weights, "--enhance", "on") == (0, "", "")
    expected = svac2.read(file, model=weights, enhance=True)
    np.testing.assert_array_equal(np.asarray(Image.open(decoded)), expected)


def test_enhance(run, picture, photo, tmp_path):
    output = tmp_path / "restored.png"
    assert run("enhance", picture, output, "--qp", 40) == (0, "", "")
    np.testing.assert_array_equal(np.asarray(Image.open(output)), svac2.enhance(photo, qp=40))
    arguments = "--qp 48 --strength 0.5 --model clic2018 --threads 1 --cpu scalar"
    assert run("enhance", picture, output, *arguments.split()) == (0, "", "")
    expected = svac2.enhance(photo, qp=48, strength=0.5, model="clic2018")
    np.testing.assert_array_equal(np.asarray(Image.open(output)), expected)


def test_models(run):
    rows = json.loads(run("models", "--json")[1])
    assert [row["name"] for row in rows] == [model.name for model in svac2.models()]
    assert [row["hash"] for row in rows] == [model.hash for model in svac2.models()]
    status, out, error = run("models")
    assert (status, error) == (0, "")
    heading, *lines = out.splitlines()
    assert heading.split() == ["name", "hash", "planes", "views", "qps"]
    for line, model in zip(lines, svac2.models(), strict=True):
        qps = list(map(str, model.qps))
        sight = [str(model.planes), str(model.views)]
        assert line.split() == [model.name, model.hash[:16], *sight, *qps]


def test_info(run, picture, photo, tmp_path):
    file = tmp_path / "photo.svac2"
    run("encode", picture, file, "--qp", 40)
    status, out, _ = run("info", file, "--json")
    fields = json.loads(out)
    size = file.stat().st_size
    assert status == 0
    assert (fields["width"], fields["height"], fields["qp"]) == (photo.shape[1], photo.shape[0], 40)
    assert fields["file_size"] == size
    assert fields["bits_per_pixel"] == pytest.approx(8 * size / (photo.size / 3))
    _, text, _ = run("info", file)
    assert [line.split()[0] for line in text.splitlines()] == list(fields)
    assert re.search(r"^complete +yes$", text, re.M)
    run("encode", picture, file, "--qp", 40, "--enhance", "off")
    fields_without = json.loads(run("info", file, "--json")[1])
    assert (fields_without["model"], fields_without["strength"]) == (None, None)
    text = run("info", file)[1]
    assert re.search(r"^model +none$", text, re.M)
    run("encode", picture, file, "--qp", 40)
    file.write_bytes(file.read_bytes()[: size // 2])
    status, out, _ = run("info", file, "--json")
    cut = json.loads(out)
    assert status == 1
    assert cut == fields | {"complete": False}


def test_info_of_several(run, picture, tmp_path):
    files = [tmp_path / "a.svac2", tmp_path / "b.svac2"]
    for file in files:
        run("encode", picture, file)
    status, out, error = run("info", *files)
    assert (status, error) == (0, "")
    heading, *lines = out.splitlines()
    names = ["size", "bits", "channels", "bytes", "bits/pixel", "complete", "name"]
    assert heading.split() == names
    assert [line.split()[0] for line in lines] == ["111x73", "111x73"]
    assert [line.split()[-1] for line in lines] == [str(file) for file in files]
    rows = json.loads(run("info", *files, "--json")[1])
    single = json.loads(run("info", files[0], "--json")[1])
    assert rows[0] == {"name": str(files[0])} | single
    status, out, error = run("info", files[0], picture, files[1])
    assert status == 1
    assert out.count("\n") == 3
    assert error.startswith(f"svac2: {picture}: not a svac2 file")


def test_info_of_a_cut_file_among_others(run, picture, tmp_path):
    files = [tmp_path / "a.svac2", tmp_path / "b.svac2"]
    svac2.write(files[0], Image.open(picture))
    files[1].write_bytes(files[0].read_bytes()[:-1])
    status, out, error = run("info", *files)
    assert (status, error) == (1, "")
    assert [line.split()[-2] for line in out.splitlines()[1:]] == ["yes", "no"]
    assert run("info", *files, "--json")[0] == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("svac2 dec", {"decode "}),
        ("svac2 veri", {"verify "}),
        ("svac2 decode --format ", {"png", "jpg", "tiff", "webp", "avif"}),
        ("svac2 encode --subs", {"--subsampling "}),
    ],
)
def test_completion(line, words, tmp_path):
    pytest.importorskip("argcomplete", reason="needs argcomplete")
    answer = tmp_path / "answer"
    environment = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line))}
    environment |= {"_ARGCOMPLETE_STDOUT_FILENAME": str(answer), "_ARGCOMPLETE_IFS": "\n"}
    command = [sys.executable, "-P", "-m", "svac2"]
    subprocess.run(command, env={**os.environ, **environment})
    assert set(answer.read_text().split("\n")) == words


def test_compare(run, picture, photo, tmp_path):
    file = tmp_path / "photo.svac2"
    run("encode", picture, file, "--qp", 40)
    expected = psnr(photo, svac2.read(file))
    fields = json.loads(run("compare", picture, file, "--json")[1])
    assert fields["psnr_rgb"] == pytest.approx(expected.rgb)
    assert fields["psnr_y"] == pytest.approx(expected.y)
    assert fields["bits_per_pixel_b"] == pytest.approx(
        8 * file.stat().st_size / (fields["width"] * fields["height"])
    )
    assert fields["bytes_a"] == picture.stat().st_size
    assert 0.5 < fields["ssim"] < fields["ms_ssim"] < 1
    same = json.loads(run("compare", picture, picture, "--json")[1])
    assert (same["psnr_rgb"], same["ssim"], same["ms_ssim"]) == (None, 1, 1)
    assert "psnr_rgb          inf" in run("compare", picture, picture)[1]


def test_compare_in_a_page(run, picture, tmp_path):
    page, wrong = tmp_path / "report.html", tmp_path / "wrong.png"
    assert run("compare", picture, picture, "--html", page)[0] == 0
    assert picture.name in page.read_text()
    for target, message in ((wrong, "must end in .html"), ("-", "must end in .html")):
        status, _, error = run("compare", tmp_path / "missing", picture, "--html", target)
        assert status == 2
        assert message in error
    odd = tmp_path / "picture.html"
    odd.write_bytes(picture.read_bytes())
    assert "must not be the output too" in run("compare", picture, odd, "--html", odd)[2]
    assert odd.read_bytes() == picture.read_bytes()
    assert not wrong.exists()


def test_compare_grey(run, grey, tmp_path):
    path, file = tmp_path / "grey.png", tmp_path / "grey.svac2"
    Image.fromarray(grey).save(path)
    Image.fromarray(grey).convert("RGB").save(tmp_path / "colour.png")
    run("encode", path, file)
    same = json.loads(run("compare", file, path, "--json")[1])
    assert same["psnr_rgb"] == pytest.approx(same["psnr_y"])
    mixed = json.loads(run("compare", file, tmp_path / "colour.png", "--json")[1])
    assert mixed["psnr_rgb"] == pytest.approx(same["psnr_rgb"])


def test_demo(run, picture, photo, tmp_path):
    output = tmp_path / "out"
    status, out, error = run("demo", picture, "--output", output, "--effort", 1)
    assert (status, error) == (0, "")
    rows = [line for line in out.splitlines() if line.startswith(("svac2 ", "WebP ", "JPEG "))]
    assert len(rows) == 9
    assert len(list(output.glob("*.png"))) == 10
    gains = [line.split()[-2:] for line in out.splitlines() if "restoration" in line]
    assert len(gains) == 3
    for quality, gain in zip((25, 50, 75), gains, strict=True):
        data = svac2.encode(picture, quality=quality, effort=1)
        levels = [psnr(photo, svac2.decode(data, enhance=how)) for how in ("auto", False)]
        assert [float(text) for text in gain] == pytest.approx(
            [levels[0].rgb - levels[1].rgb, levels[0].y - levels[1].y], abs=0.0051
        )


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ([], 2, "required: COMMAND"),
        (["encode"], 2, "required: FILES"),
        (["encode", "{picture}", "o", "--qp", "64"], 2, "qp=64 is out of range"),
        (
            ["encode", "{picture}", "o", "--qp", "x"],
            2,
            "qp must be a number from 0 to 63, or from -64 to 63 for 16 bits, not 'x'",
        ),
        (["encode", "{picture}", "o", "--quality", "abc"], 2, "1 to 100, not 'abc'"),
        (["encode", "{picture}", "{picture}"], 2, "belongs to another format"),
        (["encode", "{picture}", "o", "--qp", "3", "--quality", "4"], 2, "not allowed with"),
        (["encode", "{picture}", "o", "--eff", "4"], 2, "(see svac2 encode --help)"),
        (["encode", "{picture}", "o", "--cpu", "abacus"], 2, "invalid choice: 'abacus'"),
        (["encode", "missing.png", "o"], 1, "missing.png: No such file"),
        (["encode", "{picture}", "missing/o"], 1, "missing/o: No such file"),
        (["encode", "{text}", "o"], 1, "text.txt: not a picture that Pillow can read"),
        (["encode", "{picture}", "o", "--lossless", "--qp", "3"], 2, "not allowed with"),
        (["encode", "{picture}", "o", "--max-error", "3"], 2, "max_error=3 without lossless=True"),
        (["encode", "{picture}", "o", "--alpha-quality", "x"], 2, "from 1 to 100, not 'x'"),
        (["decode", "{clear}", "o.png", "--channels", "3"], 2, "background (--background) says"),
        (["decode", "{clear}", "o.png", "--background", "1,2"], 2, "a number or (r, g, b), not"),
        (["decode", "{clear}", "o.png", "--background", "x"], 2, "three in a tuple, not 'x'"),
        (["encode", "{cut}", "o"], 1, "cut.png: damaged picture: "),
        (["decode", "{picture}", "o.png"], 1, "photo.png: not a svac2 file"),
        (["decode", "{picture}", "o.png"], 1, "(it looks like PNG)"),
        (["decode", "{picture}", "o.png", "--limits", "few"], 2, "invalid choice: 'few'"),
        (["decode", "{picture}", "o.gif"], 2, "o.gif: OUT must end in one of .png, .jpg, .tiff"),
        (["decode", "{picture}", "o.png", "--enhance", "3"], 2, "enhance=3 is out of range"),
        (["decode", "{picture}", "o.png", "--enhance", "yes"], 2, "on, off) or a number from 0"),
        (["decode", "{picture}", "o.png", "--model", "best"], 2, "model='best' is unknown"),
        (["decode", "{picture}", "o.png", "--model", "no.npz"], 1, "no.npz: No such file"),
        (["encode", "{picture}", "o", "--enhance", "0.5"], 2, "invalid choice: '0.5'"),
        (["encode", "{picture}", "o", "--model", "{npz}"], 1, "bad.npz: not a weight file"),
        (["enhance", "{picture}", "o.png"], 2, "required: --qp"),
        (["enhance", "{picture}", "o.png", "--qp", "64"], 2, "qp=64 is out of range"),
        (["enhance", "{picture}", "o.png", "--qp", "9", "--strength", "x"], 2, "0 to 2, not 'x'"),
        (["enhance", "{picture}", "o.jpg", "--qp", "9"], 2, "OUT must end in .png"),
        (["enhance", "{picture}", "{picture}", "--qp", "9"], 2, "photo.png is the input"),
        (["info", "{text}"], 1, "text.txt: not a svac2 file"),
        (["compare", "{picture}", "{text}"], 1, "text.txt: not a picture that Pillow can read"),
        (["compare", "{picture}", "{small}"], 1, "differ in size: 111x73 and 4x2"),
        (["compare", "{picture}", "{cut}"], 1, "cut.png: damaged picture: "),
        (["demo", "{text}"], 1, "text.txt: not a picture"),
        (["demo", "{picture}", "--effort", "0"], 2, "effort=0 is out of range"),
        (["demo", "{picture}", "--output", "{text}"], 2, "text.txt: the output must be a folder"),
    ],
)
def test_errors_are_one_line(run, picture, tmp_path, monkeypatch, arguments, status, message):
    paths = {"picture": picture}
    paths["small"] = tmp_path / "small.png"
    Image.new("RGB", (4, 2)).save(paths["small"])
    paths["clear"] = tmp_path / "clear.svac2"
    svac2.write(paths["clear"], Image.new("RGBA", (4, 2)), alpha_quality=50)
    paths["cut"] = tmp_path / "cut.png"
    paths["cut"].write_bytes(picture.read_bytes()[:5000])
    paths["text"] = tmp_path / "text.txt"
    paths["text"].write_text("only some text")
    paths["npz"] = tmp_path / "bad.npz"
    paths["npz"].write_bytes(b"no archive")
    monkeypatch.chdir(tmp_path)
    found, out, error = run(*(argument.format(**paths) for argument in arguments))
    assert (found, out) == (status, "")
    assert error.startswith("svac2")
    assert message in error
    assert error.count("\n") == 1
    assert not (tmp_path / "o").exists()


def test_interrupt(run, picture, tmp_path, monkeypatch):
    def stop(self, done, total):
        raise KeyboardInterrupt

    monkeypatch.setattr(progress.ProgressBar, "__call__", stop)
    assert run("encode", picture, tmp_path / "photo.svac2") == (130, "", "")
    assert list(tmp_path.iterdir()) == [picture]


@pytest.mark.parametrize("command", ["", *commands.NAMES])
def test_help(run, command):
    status, out, error = run(*command.split(), "--help")
    assert (status, error) == (0, "")
    assert out.startswith(f"usage: svac2 {command}".rstrip())


def test_as_a_program(picture, tmp_path):
    file = tmp_path / "photo.svac2"
    command = [sys.executable, "-P", "-m", "svac2"]
    subprocess.run([*command, "encode", picture, file], check=True)
    shown = subprocess.run([*command, "--version"], check=True, capture_output=True, text=True)
    assert shown.stdout.startswith(f"svac2 {svac2.__version__} (")
    failed = subprocess.run([*command, "info", picture], capture_output=True, text=True)
    assert failed.returncode == 1
    assert failed.stderr.count("\n") == 1


def test_as_a_filter(picture):
    command = [sys.executable, "-P", "-m", "svac2"]
    data = subprocess.run(
        [*command, "encode", "/dev/stdin", "/dev/stdout"],
        input=picture.read_bytes(),
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    assert data == svac2.encode(picture)
    shown = subprocess.run(
        [*command, "info", "/dev/stdin"], input=data, check=True, stdout=subprocess.PIPE
    ).stdout.decode()
    assert re.search(rf"^file_size +{len(data)}$", shown, re.M)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only some systems have /dev/full")
def test_full_device(run, picture):
    status, _, error = run("encode", picture, "/dev/full")
    assert (status, error) == (1, "svac2: /dev/full: No space left on device\n")
    for arguments in (["compare", picture, picture], ["encode", picture, "-"]):
        with Path("/dev/full").open("wb") as full:
            command = [sys.executable, "-P", "-m", "svac2", *arguments]
            failed = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
        assert failed.stderr == "svac2: standard output: No space left on device\n"
        assert failed.returncode == 1


def test_errors_without_a_file(run, picture, tmp_path, monkeypatch):
    """Those that are none of standard output are not called so, and leave it open."""
    monkeypatch.setattr(cli, "discard_output", discard := Mock())
    errors = (OSError("a reader's own"), BlockingIOError(errno.EAGAIN, "no process"))
    for error, told in zip(errors, ("a reader's own", "no process"), strict=True):
        monkeypatch.setattr(Encoding, "run", Mock(side_effect=error))
        assert run("encode", picture, tmp_path / "o") == (1, "", f"svac2: {told}\n")
    discard.assert_not_called()


def test_broken_pipe(picture):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-P", "-m", "svac2", "compare", picture, picture]
    failed = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (failed.returncode, failed.stderr) == (141, "")


def test_source_that_goes_meanwhile(run, picture, tmp_path, monkeypatch):
    encode, file = Encoding.run, tmp_path / "photo.svac2"

    def encode_and_remove(*arguments, **keywords):
        data = encode(*arguments, **keywords)
        picture.unlink()
        return data

    monkeypatch.setattr(Encoding, "run", encode_and_remove)
    status, printed, error = run("encode", picture, file, "-v")
    assert (status, error, file.exists()) == (0, "", True)
    assert f"-> {file.stat().st_size:,} bytes" in printed


def test_no_memory(run, picture, tmp_path, monkeypatch):
    def fail(*arguments, **keywords):
        raise MemoryError

    monkeypatch.setattr(Encoding, "run", fail)
    assert run("encode", picture, tmp_path / "o") == (1, "", "svac2: not enough memory\n")


class Terminal(io.StringIO):
    def isatty(self):
        return True


class TestProgressBar:
    @pytest.fixture
    def clock(self, monkeypatch):
        now = [100.0]
        monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
        return now

    def test_appears_after_two_seconds(self, clock):
        terminal = Terminal()
        with progress.ProgressBar("encoding", terminal) as bar:
            clock[0] += 1.9
            bar(1, 4)
            assert terminal.getvalue() == ""
            clock[0] += 0.2
            bar(2, 4)
            assert f"encoding [{'#' * 20}{' ' * 20}]  50% 2 s left" in terminal.getvalue()
            drawn = terminal.getvalue()
            clock[0] += 0.01
            bar(3, 4)
            assert terminal.getvalue() == drawn
        assert terminal.getvalue().endswith("\r\x1b[K")

    def test_is_for_a_terminal(self, clock):
        file = io.StringIO()
        with progress.ProgressBar("encoding", file) as bar:
            clock[0] += 10
            bar(1, 4)
        assert file.getvalue() == ""
