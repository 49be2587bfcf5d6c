"""Builds svac2._core.codec from one Cython file and every C file under csrc/.

Everything else about the package stands in pyproject.toml. Two variables of the environment are
read: SVAC2_WERROR=1 makes warnings of the C core errors, SVAC2_SANITIZE=1 builds it with the
address and undefined-behaviour sanitizers and with assertions.
"""

import hashlib
import os
import shutil
import sys
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from Cython.Build import cythonize
from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.errors import CompileError

sys.path.insert(0, str(Path(__file__).resolve().parent / "tools"))
import core_build

CORE = Path("csrc")


def environment_flag(name: str) -> bool:
    """Tell whether the environment sets a variable to something other than 0."""
    return os.environ.get(name, "0") not in ("", "0")


# Internal names stay hidden, so that calls between the files need no indirection.
CORE_FLAGS = [*core_build.FLAGS, "-O3", "-fvisibility=hidden"]
LINK_FLAGS = ["-pthread"]
# Symbols and lines of sources would take five times as much as the code.
STRIP_FLAGS = {"linux": ["-s"], "darwin": ["-Wl,-S", "-Wl,-x"]}
# One binary serves this version of Python and all later ones (PEP 384), so one wheel a platform. A
# free-threaded Python has no limited API (PEP 703).
OLDEST_MINOR = 11
HAS_LIMITED_API = not sysconfig.get_config_var("Py_GIL_DISABLED")
MODULE_MACROS = [("Py_LIMITED_API", f"0x03{OLDEST_MINOR:02X}0000")] if HAS_LIMITED_API else []
WHEEL_OPTIONS = {"py_limited_api": f"cp3{OLDEST_MINOR}"} if HAS_LIMITED_API else {}
if environment_flag("SVAC2_WERROR"):
    CORE_FLAGS += core_build.WARNINGS
if environment_flag("SVAC2_SANITIZE"):
    # Python's own flags define NDEBUG and wrap signed overflow: both would hide faults.
    CORE_FLAGS += [
        *core_build.SANITIZERS,
        "-O1",
        "-UNDEBUG",
        "-fno-wrapv",
        "-fno-omit-frame-pointer",
    ]
    LINK_FLAGS += core_build.SANITIZERS
else:
    LINK_FLAGS += STRIP_FLAGS.get(sys.platform, [])


def core_headers() -> list[Path]:
    """List what the C files include; x86/deep_avx2.c includes the references of kernels."""
    headers = (file for file in CORE.rglob("*") if file.suffix in {".h", ".inc", ".def"})
    return sorted([*headers, *CORE.rglob("dsp/*_scalar.c")])


def check_compiler(compiler: Any) -> None:
    """Say, where there is no compiler that serves, which one is missing and where to get it."""
    advice = (
        "svac2 is compiled while it is installed from its sources, by GCC or Clang. Install one "
        "(Debian: apt install gcc python3-dev; Fedora: dnf install gcc python3-devel; macOS: "
        "xcode-select --install), or name one that is there by the variable CC"
    )
    if compiler.compiler_type == "msvc":
        raise CompileError(
            f"the compiler is Microsoft's, which does not know C11 as we use it: {advice}"
        )
    name = compiler.compiler[0]
    if shutil.which(name) is None:
        raise CompileError(f"there is no C compiler: {name!r} was not found. {advice}")
    header = Path(sysconfig.get_path("include"), "Python.h")
    if not header.exists():
        raise CompileError(f"Python's headers are missing: there is no {header}. {advice}")


class BuildCore(build_ext):
    """Compiles the C core with flags of its own, then links it with the Cython module."""

    def build_extensions(self) -> None:
        """Build, if there is a compiler."""
        check_compiler(self.compiler)
        super().build_extensions()

    def get_libraries(self, extension: Extension) -> list[str]:
        """Return what to link with: on Windows, of the limited API, the library of all versions."""
        libraries: list[str] = super().get_libraries(extension)
        own = "python{}{}".format(*sys.version_info)
        return ["python3" if HAS_LIMITED_API and name == own else name for name in libraries]

    def build_extension(self, extension: Extension) -> None:
        """Build the one extension."""
        # Objects of other flags must not be taken for up to date: each set has its own folder.
        flags = hashlib.sha256(repr((CORE_FLAGS, extension.define_macros)).encode()).hexdigest()
        folder = Path(self.build_temp) / flags[:8]
        newest_header = max(header.stat().st_mtime for header in core_headers())

        def compile_source(source: Path) -> str:
            (target,) = self.compiler.object_filenames([str(source)], output_dir=str(folder))
            newest = max(source.stat().st_mtime, newest_header)
            if self.force or not Path(target).exists() or Path(target).stat().st_mtime <= newest:
                self.compiler.compile(
                    [str(source)],
                    output_dir=str(folder),
                    macros=extension.define_macros,
                    include_dirs=extension.include_dirs,
                    extra_postargs=CORE_FLAGS + core_build.kernel_flags(source),
                )
            return str(target)

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            extension.extra_objects = list(pool.map(compile_source, core_build.core_sources(CORE)))
        self.force = True  # link anew: the objects may be those of another set of flags
        super().build_extension(extension)


codec = Extension(
    "svac2._core.codec",
    ["svac2/_core/codec.pyx"],
    include_dirs=[str(CORE)],
    define_macros=core_build.MACROS + MODULE_MACROS,
    py_limited_api=HAS_LIMITED_API,
    depends=[str(file) for file in [*core_build.core_sources(CORE), *core_headers()]],
    extra_link_args=LINK_FLAGS,
    libraries=["m"],
)

setup(
    ext_modules=cythonize([codec], build_dir="build/cython"),
    cmdclass={"build_ext": BuildCore},
    options={"bdist_wheel": WHEEL_OPTIONS},
)
