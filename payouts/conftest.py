"""What every test of money out may use: the world of the payments, and books that are proved at the end."""

from payments.conftest import _the_books_hold, phonepe, razorpay, sandbox, sandbox_process, world
from payouts.tests.connect_world import connect
from payouts.tests.payout_world import payouts
from payouts.tests.razorpayx_world import razorpayx

__all__ = [
    "_the_books_hold", "connect", "payouts", "phonepe", "razorpay", "razorpayx", "sandbox", "sandbox_process", "world",
]  # fmt: skip
