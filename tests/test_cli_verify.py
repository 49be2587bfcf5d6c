"""The command line: verify."""

import pytest
from PIL import Image

import svac2
from svac2 import cli


@pytest.fixture
def verify(capsys):
    """Run the command; return its status, the counts, and what it complained of."""

    def call(*arguments):
        status = cli.main(["verify", *map(str, arguments)])
        out, error = capsys.readouterr()
        rows = (line.rsplit(maxsplit=1) for line in out.splitlines())
        return status, {name.strip(): int(count) for name, count in rows}, error

    return call


@pytest.fixture
def folder(tmp_path):
    """A folder of two files, one of them in a folder of its own, and what is none."""
    folder = tmp_path / "small"
    (folder / "2025").mkdir(parents=True)
    picture = Image.radial_gradient("L").resize((40, 30)).convert("RGB")
    for name in ("a.svac2", "2025/b.svac2"):
        svac2.write(folder / name, picture, effort=1, mode="multiscale", xmp=b"<x/>")
    (folder / "notes.txt").write_text("of the holidays")
    return folder


def test_good(verify, folder):
    assert verify("-r", folder) == (0, {"good": 2, "without checksums": 0, "bad": 0}, "")


@pytest.mark.parametrize("change", [-1, 1])
def test_sizes(verify, folder, change):
    file = folder / "2025/b.svac2"
    content = file.read_bytes()
    file.write_bytes(content[:-1] if change < 0 else content + b"x")
    status, counts, error = verify("-r", folder)
    assert (status, counts["good"], counts["bad"]) == (1, 1, 1)
    reason = "the file ends before its" if change < 0 else "bytes follow the end of the picture"
    assert error.startswith(f"svac2: {file}: {reason}")
    assert error.count("\n") == 1


def test_damage(verify, folder):
    """Wherever it is, the metadata at the end included."""
    file = folder / "a.svac2"
    content = file.read_bytes()
    for place in range(0, len(content), 7):
        file.write_bytes(content[:place] + bytes([content[place] ^ 4]) + content[place + 1 :])
        status, counts, error = verify(file)
        assert (status, counts["bad"]) == (1, 1), place
        assert error.startswith(f"svac2: {file}: ")


def test_no_checksums(verify, folder):
    file = folder / "a.svac2"
    svac2.write(file, svac2.read(file), checksum=False)
    status, counts, error = verify(file)
    assert (status, counts) == (0, {"good": 0, "without checksums": 1, "bad": 0})
    assert error.startswith(f"svac2: warning: {file}: it has no checksums")
    file.write_bytes(file.read_bytes()[:-1])
    assert verify(file)[0] == 1


def test_what_is_no_file_of_ours(verify, folder):
    missing, picture = folder / "c.svac2", folder / "d.png"
    Image.new("L", (4, 2)).save(picture)
    status, counts, error = verify(missing, picture, folder / "a.svac2")
    assert (status, counts["good"], counts["bad"]) == (1, 1, 2)
    assert f"svac2: {missing}: No such file or directory\n" in error
    assert f"svac2: {picture}: not a svac2 file" in error
    assert "(it looks like PNG)" in error


def test_folders_are_asked_for(verify, folder):
    status, counts, error = verify(folder)
    assert (status, counts) == (2, {})
    assert "is a folder: -r (--recursive)" in error
