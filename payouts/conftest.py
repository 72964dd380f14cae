"""What every test of money out may use: the world of the payments, and books that are proved at the end."""

from payments.conftest import _the_books_hold, phonepe, razorpay, sandbox, sandbox_process, world
from payouts.tests.connect_world import connect
from payouts.tests.payout_world import payouts

__all__ = ["_the_books_hold", "connect", "payouts", "phonepe", "razorpay", "sandbox", "sandbox_process", "world"]
