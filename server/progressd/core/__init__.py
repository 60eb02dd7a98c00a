"""Pure: no clock, no I/O, no event loop. `now` is always an argument."""
