"""The provider of our own sandbox: what a partner's adapter looks like, over real HTTP."""
