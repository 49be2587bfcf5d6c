"""What svac2 desktop installs, as desktops use it."""

import configparser
import io
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

import svac2
import svac2.pillow
from svac2 import desktop
from svac2.cli import main

TYPE = Image.MIME["SVAC2"]

needs_database = pytest.mark.skipif(
    shutil.which("update-mime-database") is None, reason="no update-mime-database"
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Return the folder of a user's data, with an odd name."""
    folder = tmp_path / "data of a user"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder))
    return folder


@pytest.fixture
def installed(home, capsys):
    assert main(["desktop", "install"]) == 0
    files = [home / "mime/packages/svac2.xml", home / "thumbnailers/svac2.thumbnailer"]
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == list(map(str, files))
    return home


def entry_of(home: Path) -> configparser.SectionProxy:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str
    parser.read(home / "thumbnailers/svac2.thumbnailer", "utf-8")
    return parser["Thumbnailer Entry"]


def unescaped(value: str) -> str:
    """Return the value of a key, as the Desktop Entry Specification says."""
    meanings = {"n": "\n", "t": "\t", "r": "\r", "s": " ", "\\": "\\"}
    return re.sub(r"\\(.)", lambda match: meanings[match[1]], value, flags=re.DOTALL)


def expanded(value: str, fields: dict[str, str]) -> list[str]:
    """Return the words of Exec; quotes are those of a shell."""
    command = ["sh", "-c", "printf '%s\\0' " + unescaped(value)]
    output = subprocess.run(command, capture_output=True, check=True).stdout
    words = os.fsdecode(output).split("\0")[:-1]
    return [re.sub("%(.)", lambda match: {**fields, "%": "%"}[match[1]], word) for word in words]


def make_thumbnail(home: Path, file: Path, target: Path, size: int) -> None:
    """Do what a file manager does, from / and with next to nothing in the environment."""
    entry = entry_of(home)
    assert os.access(unescaped(entry["TryExec"]), os.X_OK)
    words = expanded(entry["Exec"], {"i": str(file), "o": str(target), "s": str(size)})
    kept = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    result = subprocess.run(words, cwd="/", env=kept, capture_output=True, check=False)
    assert (result.returncode, result.stdout, result.stderr) == (0, b"", b"")


@needs_database
class TestInstalled:
    @pytest.mark.skipif(shutil.which("gio") is None, reason="no gio")
    @pytest.mark.parametrize("name", ["photo.svac2", "photo", "PHOTO.SVAC2", "photo.dat"])
    def test_gio_knows_the_type(self, installed, encoded, tmp_path, name):
        file = tmp_path / name
        file.write_bytes(encoded)
        command = ["gio", "info", "-a", "standard::content-type", file]
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert f"standard::content-type: {TYPE}\n" in answer

    @pytest.mark.skipif(shutil.which("xdg-mime") is None, reason="no xdg-mime")
    @pytest.mark.skipif(shutil.which("gio") is None, reason="no gio, which xdg-mime asks")
    def test_xdg_mime_knows_the_type(self, installed, encoded, tmp_path, monkeypatch):
        monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME")
        file = tmp_path / "photo.svac2"
        file.write_bytes(encoded)
        command = ["xdg-mime", "query", "filetype", file]
        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert answer == f"{TYPE}\n"

    def test_a_file_manager_gets_thumbnails(self, installed, photo, tmp_path):
        file, target = tmp_path / "a photo $HOME %s 'of' ours.svac2", tmp_path / ".thumb.Ab3XY9"
        svac2.write(file, photo, mode="multiscale", effort=1)
        target.touch()  # some make the file before
        make_thumbnail(installed, file, target, 64)
        with Image.open(target) as image:
            assert (image.format, image.size, image.mode) == ("PNG", (64, 42), "RGB")
            seen = np.asarray(image).astype(int)
        small = Image.fromarray(photo).resize((64, 42), Image.Resampling.LANCZOS)
        assert np.abs(seen - np.asarray(small)).mean() < 12

    def test_entry(self, installed):
        entry = entry_of(installed)
        assert entry["MimeType"] == f"{TYPE};"
        assert Path(entry["TryExec"]).is_absolute()

    def test_removed(self, installed, capsys):
        assert main(["desktop", "remove"]) == 0
        assert len(capsys.readouterr().out.splitlines()) == 2
        assert "svac2" not in (installed / "mime/globs2").read_text()
        assert list(installed.glob("**/*svac2*")) == []
        assert main(["desktop", "remove"]) == 0
        assert capsys.readouterr().out == ""

    def test_removed_without_the_database(self, installed, monkeypatch):
        monkeypatch.setenv("PATH", "")
        assert main(["desktop", "remove"]) == 0
        assert list(installed.glob("*/**/svac2.*")) == []

    def test_again(self, installed, capsys):
        before = {path: path.read_bytes() for path in installed.glob("**/svac2.*")}
        assert main(["desktop", "install"]) == 0
        assert before == {path: path.read_bytes() for path in installed.glob("**/svac2.*")}

    def test_for_all_users(self, home, tmp_path, monkeypatch):
        """They may read all of it, whatever root's own files are."""
        monkeypatch.setattr(desktop, "_SYSTEM_FOLDER", tmp_path / "share")
        before = os.umask(0o077)
        try:
            assert main(["desktop", "install", "--system"]) == 0
        finally:
            assert os.umask(before) == 0o077
        assert (tmp_path / "share/mime/image/x-svac2.xml").exists()
        for path in (tmp_path / "share").rglob("*"):
            assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)
        assert not home.exists()
        assert main(["desktop", "remove", "--system"]) == 0
        assert not (tmp_path / "share/thumbnailers/svac2.thumbnailer").exists()


class TestCommand:
    def test_the_script_that_was_called(self, tmp_path, monkeypatch):
        script = tmp_path / "svac2"
        script.write_text("#!/bin/sh\n")
        script.chmod(0o755)
        monkeypatch.setattr(sys, "argv", [str(script), "desktop"])
        assert desktop.command() == [str(script)]
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["./svac2"])
        assert desktop.command() == [str(script)]
        script.chmod(0o644)
        assert desktop.command() == [sys.executable, "-P", "-m", "svac2"]

    @pytest.mark.parametrize(
        "folder", ["plain", "a b", 'a"b$c`d\\e', "100%i", "tab\there", "\u00e9\n"]
    )
    @needs_database
    def test_any_path(self, home, tmp_path, monkeypatch, folder):
        script = tmp_path / folder / "svac2"
        script.parent.mkdir()
        script.touch(0o755)
        monkeypatch.setattr(sys, "argv", [str(script)])
        desktop.install()
        entry = entry_of(home)
        assert unescaped(entry["TryExec"]) == str(script)
        words = expanded(entry["Exec"], {"i": "in", "o": "out", "s": "9"})
        assert words == [str(script), "desktop", "thumbnail", "--size", "9", "in", "out"]


class TestPlaces:
    def test_a_relative_folder_is_ignored(self, monkeypatch, tmp_path):
        monkeypatch.setenv("HOME", str(tmp_path))
        for value in ("relative", ""):
            monkeypatch.setenv("XDG_DATA_HOME", value)
            assert desktop._targets(False)[0].is_relative_to(tmp_path / ".local/share")

    @pytest.mark.parametrize(("platform", "name"), [("darwin", "macOS"), ("win32", "Windows")])
    def test_other_systems(self, home, monkeypatch, capsys, platform, name):
        monkeypatch.setattr(sys, "platform", platform)
        for action in ("install", "remove"):
            assert main(["desktop", action]) == 1
            assert f"not for {name}" in capsys.readouterr().err
        assert not home.exists()

    def test_the_database_refuses(self, home, monkeypatch, capsys, tmp_path):
        program = tmp_path / "update-mime-database"
        program.write_text("#!/bin/sh\necho no room >&2\nexit 3\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))
        assert main(["desktop", "install"]) == 1
        assert capsys.readouterr().err == "svac2: update-mime-database failed: no room\n"

    def test_nothing_is_written_without_the_database(self, home, monkeypatch, capsys):
        monkeypatch.setenv("PATH", "")
        assert main(["desktop", "install"]) == 1
        assert "install the package shared-mime-info" in capsys.readouterr().err
        assert not home.exists()


class TestThumbnail:
    def thumbnail(self, data: bytes, tmp_path: Path, size: int = 256) -> Image.Image:
        file, target = tmp_path / "file.svac2", tmp_path / "thumbnail"
        file.write_bytes(data)
        assert main(["desktop", "thumbnail", str(file), str(target), "--size", str(size)]) == 0
        return Image.open(io.BytesIO(target.read_bytes()))

    def test_8_bits_and_no_metadata_but_colour(self, photo, tmp_path):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        deep = photo.astype(np.uint16) * 257
        data = svac2.encode(deep, icc_profile=profile, exif=b"private", effort=1)
        image = self.thumbnail(data, tmp_path)
        assert (image.mode, image.size, set(image.info)) == ("RGB", (111, 73), {"icc_profile"})

    @pytest.mark.parametrize(("channels", "mode"), [(1, "L"), (2, "LA"), (4, "RGBA")])
    def test_other_kinds(self, tmp_path, channels, mode):
        data = svac2.encode(np.full((20, 300, channels), 99, np.uint8), lossless=True)
        image = self.thumbnail(data, tmp_path, 100)
        assert (image.mode, image.size) == (mode, (100, 7))
        assert (np.asarray(image) == 99).all()

    def test_what_is_wrong_leaves_no_file(self, encoded, tmp_path, capsys):
        file, target = tmp_path / "file.svac2", tmp_path / "thumbnail"
        file.write_bytes(encoded[:-9])
        assert main(["desktop", "thumbnail", str(file), str(target)]) == 1
        assert main(["desktop", "thumbnail", str(file), str(target), "--size", "0"]) == 2
        assert main(["desktop", "thumbnail", str(file), str(file)]) == 2
        assert (target.exists(), file.read_bytes()) == (False, encoded[:-9])
        assert "file.svac2: the file has" in capsys.readouterr().err
