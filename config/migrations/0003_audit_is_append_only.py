"""An audit entry is never changed and never removed."""

from django.db import migrations

from config.audit.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [("config", "0002_queue_storage")]
    operations = [append_only("config_auditentry", "audit_entry")]
