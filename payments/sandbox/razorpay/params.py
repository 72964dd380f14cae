"""The parameters of a request: a JSON body or a query, read by name and refused in Razorpay's words."""

from __future__ import annotations

from typing import Any

from payments.sandbox.razorpay.errors import invalid

MOST_NOTES = 15
LONGEST_NOTE = 256


class Params:
    """Values of the body keep their types; those of a query are text, and numbers among them are read as such."""

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def only(self, *names: str) -> None:
        """Refuses whatever else was sent."""
        unknown = sorted(name for name in self._values if name not in names)
        if unknown:
            raise invalid(f"{', '.join(unknown)} is/are not required and should not be sent")

    def text(self, name: str, *, at_most: int = 255) -> str | None:
        """A string, or None where it was not sent."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            raise invalid(f"The {name} must be a string.", field=name)
        if len(value) > at_most:
            raise invalid(f"The {name} may not be greater than {at_most} characters.", field=name)
        return value

    def needed_text(self, name: str) -> str:
        """A string that must be there."""
        value = self.text(name)
        if not value:
            raise invalid(f"The {name} field is required.", field=name)
        return value

    def whole(self, name: str) -> int | None:
        """A whole number, or None where it was not sent."""
        value = self._values.get(name)
        if value is None:
            return None
        if isinstance(value, str) and value.isascii() and value.isdecimal():
            return int(value)
        if type(value) is not int:
            raise invalid(f"The {name} must be an integer.", field=name)
        return value

    def needed_whole(self, name: str) -> int:
        """A whole number that must be there."""
        value = self.whole(name)
        if value is None:
            raise invalid(f"The {name} field is required.", field=name)
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """True or false, also as 1 or 0."""
        value = self._values.get(name)
        if value is None:
            return default
        if value in (True, 1, "1", "true"):
            return True
        if value in (False, 0, "0", "false"):
            return False
        raise invalid(f"The {name} field must be true or false.", field=name)

    def part(self, name: str) -> dict[str, Any] | None:
        """An object, or None where it was not sent."""
        value = self._values.get(name)
        if value is not None and not isinstance(value, dict):
            raise invalid(f"The {name} must be an object.", field=name)
        return value

    def names(self, name: str) -> list[str]:
        """A list of strings."""
        value = self._values.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise invalid(f"The {name} must be an array.", field=name)
        return value

    def notes(self) -> dict[str, str] | list[Any]:
        """At most 15 pairs of at most 256 characters; none at all come back as an empty list, as at Razorpay."""
        given = self._values.get("notes") or {}
        if not isinstance(given, dict):
            raise invalid("The notes must be an array.", field="notes")
        if len(given) > MOST_NOTES:
            raise invalid("Number of fields in notes should be less than or equal to 15", field="notes")
        for key, value in given.items():
            if not isinstance(value, str | int) or len(key) > LONGEST_NOTE or len(str(value)) > LONGEST_NOTE:
                raise invalid("Field in notes can be at most 256 characters", field="notes")
        return {key: str(value) for key, value in given.items()} or []

    def plain(self) -> dict[str, Any]:
        """All of it, as it came."""
        return dict(self._values)
