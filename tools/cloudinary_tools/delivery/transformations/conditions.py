"""Whether the conditions of a chain are opened and closed in balance."""

from cloudinary_tools.delivery.transformations.faults import TransformationFault


class Balance:
    """Follows `if`, `else` and `end` along a chain.

    An `if` alone in its component stays open until `end`; one with parameters closes itself, and an `else` right
    after it is its other branch.
    """

    def __init__(self, faults: list[TransformationFault]) -> None:
        self._faults = faults
        self._open: list[tuple[str, bool]] = []
        self._closed_itself = False
        self._unknown = False

    def opened(self, *, alone: bool, path: str) -> None:
        """A component starts a condition."""
        if alone:
            self._open.append((path, False))
        self._closed_itself = not alone

    def other(self) -> None:
        """A component without a condition."""
        self._closed_itself = False

    def word(self, word: str, *, alone: bool, path: str) -> None:
        """A component says `else` or `end`."""
        after_inline, self._closed_itself = self._closed_itself, False
        if self._unknown:
            return
        if word == "else" and after_inline:
            if alone:
                self._open.append((path, True))
        elif not self._open:
            self._faults.append(
                TransformationFault(path, f"if {word!r}: no condition is open here; start one with {{'if': '…'}} alone")
            )
        elif word == "end":
            self._open.pop()
        else:
            opened, had_else = self._open.pop()
            if had_else:
                self._faults.append(
                    TransformationFault(path, "if 'else': a second else; close the condition with {'if': 'end'}")
                )
            self._open.append((opened, True))

    def give_up(self) -> None:
        """Raw text may open or close conditions: from here nothing is claimed."""
        self._unknown = True

    def finish(self) -> None:
        """The chain ends: what is still open is a fault."""
        if not self._unknown:
            self._faults.extend(
                TransformationFault(path, "if: never closed; add {'if': 'end'} later in the chain")
                for path, _ in self._open
            )
