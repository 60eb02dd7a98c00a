"""Tell progressd what is being done."""
