"""`python -m progressd`"""

from .cli import main

main()
