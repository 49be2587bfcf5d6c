"""The page on which two pictures are compared, in headless Chromium, by real events."""

import base64
import contextlib
import io
import itertools
import json
import re
import shutil
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageCms

import svac2
from svac2 import report
from svac2.comparison import Compared, Comparison

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
HEIGHT, WIDTH = 90, 160
HOSTILE = "\"><img src=x onerror=bad()><script>bad()<'&amp;\u202e$note\udc80.png"


def noise(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).integers(0, 256, shape or (HEIGHT, WIDTH, 3), np.uint8)


A, B = noise(1), noise(2)


def png_of(samples: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(samples).save(file, "PNG")
    return file.getvalue()


def page_of(a: Any, b: Any, **options: Any) -> str:
    file = io.BytesIO()
    svac2.compare(a, b, **options).write_html(file)
    return file.getvalue().decode()


def pictures_in(page: str) -> list[Any]:
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in found]


class TestFile:
    def test_pictures_are_kept_as_they_are(self):
        for shape in ((5, 7), (5, 7, 2), (5, 7, 3), (5, 7, 4), (1, 1, 3)):
            pair = noise(1, *shape), noise(2, *shape)
            for image, expected in zip(pictures_in(page_of(*pair)), pair, strict=True):
                np.testing.assert_array_equal(np.asarray(image), expected)

    def test_deep_samples_are_shown_with_8_bits(self):
        deep = np.array([[0, 65535, 128, 129]], np.uint16)
        page = page_of(deep, np.array([[0, 255, 1, 1]], np.uint8))
        for image in pictures_in(page):
            assert image.mode == "L"
        assert np.asarray(pictures_in(page)[0]).tolist() == [[0, 255, 0, 1]]
        assert "more than 8 bits are shown with 8" in page
        assert "more than 8 bits" not in page_of(A, B)

    def test_large_pictures_are_shown_smaller(self, monkeypatch):
        monkeypatch.setattr(report, "MAX_PIXELS", HEIGHT * WIDTH // 5)
        page = page_of(A, B)
        for image in pictures_in(page):
            assert image.size == (54, 30)
        assert 'width="54" height="30"' in page
        assert "at 1/3 of the size" in page

    def test_colour_is_kept_and_no_other_metadata(self, photo):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        data = svac2.encode(photo, icc_profile=profile, exif=b"private", xmp=b"<secret/>")
        image = pictures_in(page_of(data, photo))[0]
        assert image.info["icc_profile"] == profile
        assert set(image.info) == {"icc_profile"}

    def test_names_are_escaped(self, tmp_path):
        paths = [tmp_path / HOSTILE, tmp_path / "{}.svac2"]
        svac2.write(paths[1], A, effort=1)
        paths[0].write_bytes(png_of(A))
        page = page_of(*paths)
        assert len(re.findall("<script", page)) == 1
        assert len(re.findall("<img", page)) == 2
        assert str(tmp_path) not in page
        assert "\\udc80" in page

    def test_it_names_nothing_outside(self):
        page = page_of(A, B)
        assert "http:" not in page
        assert "https:" not in page
        assert set(re.findall(r'(?:src|href)="([^,"]*)', page)) == {
            "data:image/png;base64",
            "data:",
        }

    def test_header_of_svac2_files(self, encoded, photo):
        page = page_of(photo, encoded)
        assert svac2.info(encoded)._repr_html_() in page
        assert f"{len(encoded):,} bytes" in page

    def test_written_to_a_page_only_and_whole(self, tmp_path, monkeypatch):
        comparison = svac2.compare(A, B)
        for name in ("photo.png", "photo.svac2", "page"):
            with pytest.raises(svac2.OptionError, match=r"must end in \.html"):
                comparison.write_html(tmp_path / name)
        target = tmp_path / "page.html"
        target.write_text("old")
        monkeypatch.setattr(report, "preview_png", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            comparison.write_html(target)
        assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]


class Tab:
    """A page in headless Chromium, driven by the DevTools protocol."""

    def __init__(self, address: str) -> None:
        websocket = pytest.importorskip("websocket", reason="needs websocket-client")
        self._socket = websocket.create_connection(address, suppress_origin=True, timeout=30)
        self._numbers = itertools.count(1)
        self.events: list[dict[str, Any]] = []
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        return self._receive(lambda message: message.get("id") == number)["result"]

    def close(self) -> None:
        self._socket.close()

    def _receive(self, is_it: Any) -> dict[str, Any]:
        while True:
            message = json.loads(self._socket.recv())
            if "method" in message:
                self.events.append(message)
            if is_it(message):
                assert "error" not in message, message
                return message

    def open(self, path: Path) -> None:
        self.events.clear()
        self.call("Page.navigate", url=path.as_uri())
        self._receive(lambda message: message.get("method") == "Page.loadEventFired")
        self.box = self.run(
            "(({x, y, width, height}) => ({x, y, width, height: Math.floor(height)}))"
            "(document.querySelector('#stage').getBoundingClientRect())"
        )

    def run(self, code: str) -> Any:
        answer = self.call(
            "Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def set(self, control: str, value: object) -> None:
        self.run(
            f"document.querySelector('#{control}').value = '{value}';"
            f"document.querySelector('#{control}').dispatchEvent("
            "new Event('input', {bubbles: true}))"
        )

    def stage(self) -> Any:
        """Return the pixels of the stage, without the letters at its top."""
        self.run("document.querySelectorAll('.letter').forEach(x => { x.hidden = true; }); 0")
        shot = self.call("Page.captureScreenshot", clip=self.box | {"scale": 1})["data"]
        return np.asarray(Image.open(io.BytesIO(base64.b64decode(shot))).convert("RGB"))

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        middle = tuple((p + q) / 2 for p, q in zip(start, end, strict=True))
        self.mouse("mouseMoved", start)
        for kind, place in (
            ("mousePressed", start),
            ("mouseMoved", middle),
            ("mouseMoved", end),
            ("mouseReleased", end),
        ):
            self.mouse(kind, place, button="left", buttons=1, clickCount=1)

    def mouse(self, kind: str, place: tuple[float, ...], **parameters: Any) -> None:
        x, y = place[0] + self.box["x"], place[1] + self.box["y"]
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **parameters)

    def touch(self, kind: str, *places: tuple[float, float]) -> None:
        points = [{"x": x + self.box["x"], "y": y + self.box["y"]} for x, y in places]
        self.call("Input.dispatchTouchEvent", type=kind, touchPoints=points)

    def press(self, key: str) -> None:
        text = {"text": key} if len(key) == 1 else {}
        code = {"ArrowLeft": 37, "ArrowRight": 39}.get(key, ord(key[0]))
        for kind in ("keyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **text
            )

    def complaints(self) -> list[dict[str, Any]]:
        bad = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
        return [event for event in self.events if event["method"] in bad]

    def requests(self) -> list[str]:
        sent = [e["params"] for e in self.events if e["method"] == "Network.requestWillBeSent"]
        return [s["request"]["url"] for s in sent if not s["request"]["url"].startswith("data:")]


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium (chromium, chromium-browser, google-chrome)")
    folder = tmp_path_factory.mktemp("chromium")
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    options += ["--remote-debugging-port=0", "--force-color-profile=srgb", "--no-first-run"]
    options += [f"--user-data-dir={folder}", "--window-size=800,700", "about:blank"]
    process = subprocess.Popen(
        [CHROMIUM, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        tab = Tab(address_of_page(folder / "DevToolsActivePort"))
        yield tab
        with contextlib.suppress(Exception):
            tab.call("Browser.close")
        tab.close()
    finally:
        process.terminate()
        process.wait(30)


def address_of_page(port_file: Path) -> str:
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(600):
        with contextlib.suppress(OSError, ValueError, IndexError):
            port = int(port_file.read_text().split()[0])
            with without_proxy.open(f"http://127.0.0.1:{port}/json/list", timeout=5) as answer:
                pages = [t for t in json.load(answer) if t["type"] == "page"]
            return pages[0]["webSocketDebuggerUrl"]
        time.sleep(0.05)
    pytest.fail("Chromium did not start")


@pytest.fixture
def shown(tab, tmp_path):
    """Show two pictures; fail afterwards if the page complained or asked for anything."""
    path = tmp_path / "page.html"

    def show(a=A, b=B):
        svac2.compare(a, b).write_html(path)
        tab.open(path)
        return tab

    yield show
    assert tab.complaints() == []
    assert tab.requests() == [path.as_uri()]


def place_of(tab) -> tuple[int, int, float]:
    """Return where the corner of the pictures is, and how many pixels one of theirs takes."""
    style = tab.run(
        "['--x', '--y', '--scale'].map(n => parseFloat(document.querySelector('#stage').style"
        ".getPropertyValue(n)))"
    )
    return round(style[0]), round(style[1]), style[2]


def enlarged(samples: Any, scale: float) -> Any:
    assert scale == pytest.approx(round(scale))
    return samples.repeat(round(scale), 0).repeat(round(scale), 1)


def visible(tab, samples: Any) -> tuple[Any, Any]:
    """Return what is on the stage where the pictures are, and what a picture is there."""
    stage = tab.stage()
    x, y, scale = place_of(tab)
    large = enlarged(samples, scale)[max(-y, 0) :, max(-x, 0) :]
    x, y = max(x, 0), max(y, 0)
    seen = stage[y : y + large.shape[0], x : x + large.shape[1]]
    return seen, large[: seen.shape[0], : seen.shape[1]]


def check_split(tab, line: float, a: Any = A, b: Any = B) -> None:
    """Check that A is left of a line on the stage, and B right of it."""
    seen, expected_a = visible(tab, a)
    _, expected_b = visible(tab, b)
    x = round(line) - max(place_of(tab)[0], 0)
    handle = 12
    assert 0 < x < seen.shape[1]
    top = seen.shape[0] // 4  # below that, the handle is wider than the line
    np.testing.assert_array_equal(seen[:top, : x - 2], expected_a[:top, : x - 2])
    np.testing.assert_array_equal(seen[:top, x + 2 :], expected_b[:top, x + 2 :])
    np.testing.assert_array_equal(seen[:, : x - handle], expected_a[:, : x - handle])
    np.testing.assert_array_equal(seen[:, x + handle :], expected_b[:, x + handle :])


def choose(tab, view: str) -> None:
    tab.run(f"document.querySelector('[value={view}]').click()")


class TestPage:
    def test_slider_is_dragged(self, shown):
        tab = shown()
        middle, row = tab.box["width"] / 2, 30
        check_split(tab, middle)
        tab.drag((middle, row), (middle - 150, row))
        check_split(tab, middle - 150)
        tab.drag((middle - 150, row), (middle + 90, row + 40))
        check_split(tab, middle + 90)

    def test_slider_by_keys(self, shown):
        tab = shown()
        tab.run("document.querySelector('#split').focus()")
        for _ in range(5):
            tab.press("ArrowRight")
        value = tab.run("+document.querySelector('#split').value")
        assert 50 < value < 100
        check_split(tab, tab.box["width"] * value / 100)

    def test_slider_and_zoom_by_touch(self, shown):
        tab = shown()
        middle, row = tab.box["width"] / 2, 30
        tab.touch("touchStart", (middle, row))
        tab.touch("touchMove", (middle + 40, row))
        tab.touch("touchMove", (middle + 80, row))
        tab.touch("touchEnd")
        check_split(tab, middle + 80)
        scale = place_of(tab)[2]
        tab.touch("touchStart", (100, 100), (140, 100))
        tab.touch("touchMove", (80, 100), (160, 100))
        tab.touch("touchEnd")
        assert place_of(tab)[2] == pytest.approx(2 * scale)

    def test_zoom_and_pan_move_both(self, shown):
        tab = shown()
        tab.run("document.querySelector('#exact').click()")
        assert place_of(tab)[2] == 1
        place = place_of(tab)
        pixel = (place[0] + 80.5, place[1] + 45.5)
        for _ in range(6):  # a factor of 8
            tab.mouse("mouseWheel", pixel, deltaX=0, deltaY=-100)
        assert tab.run("document.querySelector('#zoom').value") == "800 %"
        x, y, _ = place_of(tab)
        assert (pixel[0] - x) // 8 == 80
        assert (pixel[1] - y) // 8 == 45
        tab.drag((100, 100), (60, 130))
        assert place_of(tab)[:2] == (x - 40, y + 30)
        check_split(tab, tab.box["width"] / 2)

    def test_keys_zoom_and_move(self, shown):
        tab = shown()
        fitted = place_of(tab)
        tab.run("document.querySelector('#scene').focus()")
        tab.press("1")
        assert place_of(tab)[2] == 1
        for _ in range(8):
            tab.press("+")
        x = place_of(tab)[0]
        tab.press("ArrowRight")
        assert place_of(tab)[0] < x
        tab.press("-")
        tab.press("0")
        assert place_of(tab) == fitted

    def test_each_alone_and_the_difference(self, shown):
        near = np.clip(A.astype(int) + noise(3, HEIGHT, WIDTH, 3) % 9 - 4, 0, 255).astype(np.uint8)
        tab = shown(A, near)
        for view, expected in (("a", A), ("b", near)):
            choose(tab, view)
            np.testing.assert_array_equal(*visible(tab, expected))
        choose(tab, "difference")
        distance = np.abs(A.astype(int) - near)
        for power in (3, 0, 6):
            tab.set("gain", power)
            seen, expected = visible(tab, np.minimum(distance * 2**power, 255))
            assert np.abs(seen.astype(int) - expected).max() <= 1

    def test_no_difference_is_black(self, shown):
        tab = shown(noise(1, 431, 97, 3), noise(1, 431, 97, 3))
        choose(tab, "difference")
        tab.set("gain", 6)
        assert 0 < place_of(tab)[2] < 1
        assert not tab.stage().any()

    def test_transparency(self, shown):
        clear = np.dstack([A, np.zeros_like(A[:, :, 0])])
        tab = shown(np.dstack([A, np.full_like(A[:, :, 0], 255)]), clear)
        choose(tab, "b")
        seen, _ = visible(tab, A)
        assert {tuple(pixel) for pixel in seen.reshape(-1, 3)} >= {(255,) * 3, (204,) * 3}
        for ground, value in (("white", 255), ("black", 0)):
            tab.set("ground", ground)
            assert (visible(tab, A)[0] == value).all()
        choose(tab, "difference")
        tab.set("gain", 0)
        np.testing.assert_array_equal(*visible(tab, A))

    def test_one_pixel(self, shown):
        tab = shown(np.zeros((1, 1, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8))
        assert place_of(tab)[2] == 64
        assert tab.run("document.body.innerText").count("1 x 1, RGB") == 2

    def test_light_and_dark(self, shown):
        tab = shown()
        paper = {}
        for scheme in ("light", "dark"):
            feature = {"name": "prefers-color-scheme", "value": scheme}
            tab.call("Emulation.setEmulatedMedia", features=[feature])
            shot = tab.call("Page.captureScreenshot")["data"]
            paper[scheme] = np.asarray(Image.open(io.BytesIO(base64.b64decode(shot))))[2, 2, :3]
        tab.call("Emulation.setEmulatedMedia", features=[])
        assert paper["light"].min() > 200
        assert paper["dark"].max() < 60


class TestStrangers:
    def test_names_are_text(self, tab, tmp_path):
        sides = [
            Compared(**vars_of(x), name=HOSTILE.replace(".", "</script></style></title>"))
            for x in (A, B)
        ]
        path = tmp_path / "page.html"
        Comparison.of(*sides).write_html(path)
        tab.open(path)
        assert tab.run("[document.scripts.length, document.images.length]") == [1, 2]
        assert "onerror=bad()" in tab.run("document.querySelector('h1').innerText")
        assert tab.complaints() == []
        assert tab.requests() == [path.as_uri()]

    def test_the_policy_lets_nothing_else_run(self, tab, tmp_path):
        """Even what an escape that was forgotten would let in."""
        path = tmp_path / "page.html"
        bad = "<script>window.bad = 1</script><img src=x onerror='window.bad = 1'>"
        bad += "<img src=https://example.org/><link rel=stylesheet href=https://example.org/>"
        bad += "<style>body { display: none }</style><iframe src=https://example.org/></iframe>"
        path.write_text(page_of(A, B).replace("</main>", f"{bad}</main>"))
        tab.open(path)
        assert tab.run("[window.bad === undefined, getComputedStyle(document.body).display]") == [
            True,
            "block",
        ]
        assert len(tab.complaints()) >= 5


def vars_of(samples: Any) -> dict[str, Any]:
    return {"samples": samples, "bit_depth": 8, "metadata": svac2.Metadata()}
