"""Money of our own that is moved to where payouts are drawn on."""
