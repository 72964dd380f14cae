"""Tests of what happens to scouts, referrals and bounties."""
