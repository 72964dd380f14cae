"""Keeps claims heap-only updates, and the due index small, on the tables that are queues."""

from django.db import migrations

QUEUES = ("config_webhookevent", "config_outboxjob", "config_gatewaycall")
# Room on each page for the claim's and the stamp's new row versions; vacuum by count of dead rows, not by a share of
# a history that only grows, so that the front of the due index never fills with dead entries.
SET = "ALTER TABLE {} SET (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000)"
RESET = "ALTER TABLE {} RESET (fillfactor, autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)"


class Migration(migrations.Migration):
    dependencies = [("config", "0001_initial")]
    operations = [migrations.RunSQL(SET.format(table), RESET.format(table)) for table in QUEUES]
