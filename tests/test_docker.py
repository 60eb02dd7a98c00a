"""The image, built from the Dockerfile and run for real."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.container import STATE, USER, Image, make_debian
from tests.needs import needs

pytestmark = [
    needs("buildah", "apt-get", "dpkg-deb", "unshare", "root"),
    # The first run makes a Debian; fixtures count.
    pytest.mark.timeout(600),
]


def test_without_a_token_it_says_why_and_ends(image: Image) -> None:
    daemon = image.start(PROGRESSD_TOKEN="")

    assert daemon.wait() == 2
    assert [line for line in daemon.rest() if line.startswith("progressd:")] == [
        "progressd: --host 0.0.0.0 lets others in: set a secret with PROGRESSD_TOKEN or --token, or stay on 127.0.0.1"
    ]


def test_it_serves_as_a_user_without_rights_and_is_found_healthy(image: Image, state: Path) -> None:
    with image.serving(state) as daemon:
        status, health = daemon.ask("GET", "/health", token=None)
        own = Path(f"/proc/{daemon.pid}/status").read_text()

        assert (status, json.loads(health)["status"]) == (200, "ok")
        assert re.search(rf"^Uid:\s+{USER}\s+{USER}\s+{USER}\s+{USER}$", own, re.MULTILINE)
        assert re.search(r"^CapEff:\s+0+$", own, re.MULTILINE)
        assert image.check_health(daemon.port) == 0
    assert image.check_health(daemon.port) == 1


def test_records_are_kept_in_the_volume_over_a_restart(image: Image, state: Path) -> None:
    record = b'{"type":"update","task":"backup.db","progress":0.4}\n'
    with image.serving(state) as daemon:
        assert daemon.ask("POST", "/records", record, token="a wrong one")[0] == 401
        assert daemon.ask("POST", "/records", record)[0] == 200
    with image.serving(state) as daemon:
        status, tasks = daemon.ask("GET", "/tasks")

    assert (status, b'"backup.db"' in tasks) == (200, True)
    assert (state / "progressd.db").stat().st_uid == int(USER)


def test_a_stop_ends_it_in_order(image: Image, state: Path) -> None:
    with image.serving(state) as daemon:
        daemon.stop()

        assert daemon.wait() == 0
        assert any("stopping" in line for line in daemon.rest())


def test_a_read_only_root_is_enough_also_as_process_1(image: Image, state: Path) -> None:
    with image.serving(state, read_only=True) as daemon:
        mounts = Path(f"/proc/{daemon.pid}/mounts").read_text().splitlines()
        own = Path(f"/proc/{daemon.pid}/status").read_text()

        assert [mount.split()[3].split(",")[0] for mount in mounts if mount.split()[1] == "/"] == ["ro"]
        assert re.search(r"^NSpid:.*\s1$", own, re.MULTILINE)
        assert daemon.ask("POST", "/records", b'{"type":"start","task":"a"}\n')[0] == 200
        daemon.stop()
        assert daemon.wait() == 0


def test_the_image_says_what_it_needs(image: Image) -> None:
    assert image.config["User"] == f"{USER}:{USER}"
    assert image.config["Volumes"] == {STATE: {}}
    assert image.config["ExposedPorts"] == {"8765/tcp": {}}
    assert image.config["StopSignal"] == "SIGTERM"


@pytest.fixture(scope="module")
def image(debian: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    image = Image(tmp_path_factory.mktemp("image"))
    try:
        image.build(debian)
        yield image
    finally:
        image.remove()


@pytest.fixture
def state(tmp_path: Path) -> Path:
    os.chown(tmp_path, int(USER), int(USER))
    return tmp_path


@pytest.fixture(scope="module")
def debian(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of a small Debian, kept for the next run in $PROGRESSD_TEST_CACHE, else in pytest's cache."""
    cache = os.environ.get("PROGRESSD_TEST_CACHE")
    directory = Path(cache) if cache else request.config.cache.mkdir("debian")
    return make_debian(directory, tmp_path_factory.mktemp("debian"))
