"""Tests of payments.abuse.captcha."""
