"""A container made by buildah, which needs no service and no registry: its base image is a Debian made here."""

import contextlib
import http.client
import json
import os
import queue
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.daemon import free_port

ROOT = Path(__file__).parent.parent
USER = "10001"
STATE = "/var/lib/progressd"
TOKEN = "the token of this test"
PACKAGES = ("base-files", "coreutils", "dash", "python3-pip")
"""What the Dockerfile asks of its base, in Debian."""
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"
"""Where Debian has the certificates that it trusts."""
SOURCES = ("index-url", "extra-index-url", "find-links", "trusted-host", "proxy", "cert")
"""Those of pip's settings that say where packages come from."""
READ_ONLY = f"""
mount --bind "$0" "$0"
mount -o remount,bind,ro "$0"
mount -t tmpfs -o mode=1777 tmpfs "$0/tmp"
mount --rbind /dev "$0/dev"
mount -t proc proc "$0/proc"
mount --bind "$1" "$0{STATE}"
shift
exec chroot --userspec={USER}:{USER} --groups= "$0" "$@"
"""
"""What `docker run --read-only --tmpfs /tmp -v …` does; buildah cannot."""


class Daemon:
    """A container's process, from outside."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], port: int) -> None:
        self.port = port
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stderr
        with self._process.stderr as lines:
            for line in lines:
                self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    @property
    def pid(self) -> int:
        """The daemon itself: the last of the processes that started one another for its sake."""
        pid = str(self._process.pid)
        while children := [
            child for listed in Path("/proc", pid, "task").glob("*/children") for child in listed.read_text().split()
        ]:
            pid = children[0]
        return int(pid)

    def wait_until_it_serves(self) -> None:
        seen = []
        while (line := self._lines.get(timeout=30)) is not None:
            seen.append(line)
            if "shows its tasks at" in line:
                return
        pytest.fail("it ended: " + "\n".join(seen), pytrace=False)

    def rest(self) -> Iterator[str]:
        """What it says until it ends."""
        while (line := self._lines.get(timeout=30)) is not None:
            yield line

    def ask(self, method: str, path: str, body: bytes | None = None, token: str | None = TOKEN) -> tuple[int, bytes]:
        headers = {"Content-Type": "application/x-ndjson"} if body else {}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as connection:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def stop(self) -> None:
        """Do what `docker stop` does, and wait."""
        if self._process.poll() is None:
            os.kill(self.pid, signal.SIGTERM)
        self.wait()

    def wait(self) -> int:
        return self._process.wait(timeout=30)

    def end(self) -> None:
        """Leave nothing running, whatever went wrong."""
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()


class Image:
    """The image, with a store of its own beside those of this machine."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._buildah = ["buildah", f"--root={directory}/images", f"--runroot={directory}/run", "--storage-driver=vfs"]
        self.container = ""
        self.config: dict[str, Any] = {}

    def build(self, debian: Path) -> None:
        base = self._do("from", "scratch")
        self._do("add", "--quiet", base, debian, "/")
        self._do("config", "--env", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", base)
        self._do("commit", "--quiet", "--rm", base, "base")
        options = ["--isolation=chroot", "--format=docker", "--layers=false", "--build-arg=BASE=localhost/base"]
        mounts = [f"--volume={path}:{inside}:ro" for path, inside in _package_sources(self._directory)]
        self._do("build", *options, *mounts, "--tag=progressd", ROOT)
        self.container = self._do("from", "localhost/progressd")
        self.config = json.loads(self._do("inspect", self.container))["Docker"]["config"]

    def start(self, state: Path | None = None, *, read_only: bool = False, **settings: str) -> Daemon:
        port = free_port()
        settings = {"PROGRESSD_PORT": str(port), "PROGRESSD_TOKEN": TOKEN, **settings}
        if read_only:
            root = self._do("mount", self.container)
            isolate = [
                "unshare",
                "--mount",
                "--pid",
                "--fork",
                "--kill-child",
                "sh",
                "-ec",
                READ_ONLY,
                root,
                str(state),
            ]
            environment = dict(pair.split("=", 1) for pair in self.config["Env"]) | settings
            return Daemon([*isolate, *self.config["Entrypoint"]], environment, port)
        mounts = [f"--volume={state}:{STATE}"] if state else []
        return Daemon([*self._run(settings), *mounts, self.container, *self.config["Entrypoint"]], os.environ, port)

    @contextlib.contextmanager
    def serving(self, state: Path, *, read_only: bool = False) -> Iterator[Daemon]:
        """Run it with this volume. It has the host's network, so it stays on loopback."""
        daemon = self.start(state, read_only=read_only, PROGRESSD_HOST="127.0.0.1")
        try:
            daemon.wait_until_it_serves()
            yield daemon
        finally:
            daemon.end()

    def check_health(self, port: int) -> int:
        """Return the exit status of the health check."""
        settings = {"PROGRESSD_HOST": "127.0.0.1", "PROGRESSD_PORT": str(port)}
        kind, *command = self.config["Healthcheck"]["Test"]
        assert kind == "CMD"
        command = [*self._run(settings), self.container, *command]
        return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode

    def remove(self) -> None:
        self._do("rm", "--all")
        self._do("rmi", "--all", "--force")
        shutil.rmtree(self._directory)

    def _run(self, settings: Mapping[str, str]) -> list[str]:
        return [*self._buildah, "run", "--isolation=chroot", *(f"--env={key}={settings[key]}" for key in settings)]

    def _do(self, *arguments: str | Path) -> str:
        return _output(*self._buildah, *map(str, arguments)).strip()


def make_debian(directory: Path, scratch: Path) -> Path:
    """Return an archive of what Python, pip and a shell are made of in this machine's release of Debian.

    Packages are only unpacked: to install them takes ten times as long. It stands in the directory; it is made only
    if it does not yet.
    """
    release = dict(re.findall(r"^(\w+)=(\w+)$", Path("/etc/os-release").read_text(), re.MULTILINE))["VERSION_CODENAME"]
    archive = directory / f"{release}.tar"
    if not archive.exists():
        root, cache = scratch / "root", scratch / "cache"
        root.mkdir()
        cache.mkdir()
        # As if nothing were installed: all that they need is to come.
        elsewhere = ["--option=Dir::State::status=/dev/null", f"--option=Dir::Cache={cache}"]
        _output("apt-get", "install", "--download-only", "--yes", "--no-install-recommends", *elsewhere, *PACKAGES)
        for package in sorted(cache.glob("archives/*.deb")):
            _output("dpkg-deb", "--extract", str(package), str(root))
        made = archive.with_suffix(f".{os.getpid()}")
        needless = [f"--exclude=./usr/share/{name}/*" for name in ("doc", "locale", "man")]
        _output("tar", "--create", f"--file={made}", f"--directory={root}", *needless, ".")
        made.rename(archive)
        shutil.rmtree(scratch)
    return archive


def _package_sources(directory: Path) -> Iterator[tuple[Path, str]]:
    """Yield what a build must see to get packages from where this machine gets them, and where it must see it."""
    settings = {"cert": os.environ.get("SSL_CERT_FILE", BUNDLE)}
    listed = _output(f"{sys.base_prefix}/bin/python3", "-m", "pip", "config", "list")
    # What the environment sets comes last, and is what counts.
    for line in sorted(listed.splitlines(), key=lambda line: line.startswith(":env:")):
        name, _, value = line.partition("=")
        settings[name.rpartition(".")[2]] = shlex.split(value)[0].replace("\\n", " ")
    if Path(settings["cert"]).exists():
        yield Path(settings["cert"]), BUNDLE
        settings["cert"] = BUNDLE
    else:
        del settings["cert"]
    for url in (url for name in SOURCES for url in settings.get(name, "").split() if name != "cert"):
        path = Path(urlsplit(url).path)
        if urlsplit(url).scheme in ("", "file") and path.is_dir():
            # An index stands beside the files that it lists.
            path = path.parent if len(path.parts) > 3 else path
            yield path, str(path)
    file = directory / "pip.conf"
    file.write_text("[global]\n" + "".join(f"{name} = {settings[name]}\n" for name in SOURCES if name in settings))
    yield file, "/etc/pip.conf"


def _output(*command: str) -> str:
    done = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 0, f"{shlex.join(command)}:\n{done.stdout[-3000:]}{done.stderr}"
    return done.stdout
