"""Names that only one live process of this machine holds at a time.

Bytes of one file, by record locks: the kernel lets go of them when the process ends, however it ends, and a forked
child does not have them. No file per name, nothing to clean up. Where this cannot be, every name is granted.
"""

import os

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]


class Locks:
    """Locks in the file at `path`, which is made when it is first needed."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._fd = -1
        self._identity: tuple[int, int] | None = None

    def take(self, name: str) -> bool:
        """Take a name; False if another process has it. Costs two microseconds."""
        if not self._path or fcntl is None:
            return True
        try:
            fd = self._open()
            fcntl.lockf(fd, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(name))
        except (BlockingIOError, PermissionError):
            return self._fd < 0  # no file to lock: nobody can be asked
        except OSError:
            return True
        return True

    def release(self, name: str) -> None:
        """Let others have it."""
        try:
            if self._fd >= 0 and fcntl is not None and self._is_ours():
                fcntl.lockf(self._fd, fcntl.LOCK_UN, 1, _place(name))
        except OSError:
            pass

    def _open(self) -> int:
        if self._fd >= 0 and self._is_ours():
            return self._fd
        self._fd = -1
        directory = self._path.rpartition("/")[0]
        try:  # noqa: SIM105 - contextlib costs more to import than all that is here, and so does pathlib
            os.mkdir(directory, 0o700)  # noqa: PTH102
        except FileExistsError:
            pass
        if os.stat(directory).st_uid != os.getuid():  # noqa: PTH116
            raise OSError("the directory of locks belongs to another user")
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._fd = os.open(self._path, flags, 0o600)
        status = os.fstat(self._fd)
        self._identity = (status.st_dev, status.st_ino)
        return self._fd

    def _is_ours(self) -> bool:
        """Whether the descriptor is still the file: programs close what they did not open, and numbers are reused."""
        try:
            status = os.fstat(self._fd)
        except OSError:
            return False
        return (status.st_dev, status.st_ino) == self._identity


def _place(name: str) -> int:
    """Return which byte stands for a name: far beyond the end of the file, which stays empty."""
    from binascii import crc32  # noqa: PLC0415

    encoded = name.encode("utf-8", "replace")
    return crc32(encoded) << 28 | crc32(encoded[::-1]) >> 4
