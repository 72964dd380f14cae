"""What happens to scouts, referrals and bounties."""
