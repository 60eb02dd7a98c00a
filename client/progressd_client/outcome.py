"""How a task ended that an exception ended."""


def outcome(error: BaseException) -> tuple[str, str | None]:
    """Return the status and the message of a task that this exception ended."""
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return "finished", None
    return "canceled" if is_cancellation(error) else "failed", describe(error)


def is_cancellation(error: BaseException) -> bool:
    """Whether an exception says that work was called off: asyncio's, trio's, Ctrl-C, a generator's early end."""
    return isinstance(error, (KeyboardInterrupt, GeneratorExit)) or any(
        kind.__name__ in ("CancelledError", "Cancelled") for kind in type(error).__mro__
    )


def describe(error: BaseException) -> str:
    """Return an exception's type and text, whatever its text may do."""
    try:
        text = str(error)
    except Exception:
        text = "(its text raises)"
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
