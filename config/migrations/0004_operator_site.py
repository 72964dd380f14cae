

import config.inbox.models
import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('config', '0003_audit_is_append_only'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReplayRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.CharField(default=config.inbox.models.replay_request_id, editable=False, max_length=36, unique=True)),
                ('status', models.CharField(choices=[('requested', 'Requested'), ('approved', 'Approved'), ('done', 'Done'), ('stopped', 'Stopped'), ('rejected', 'Rejected')], default='requested', max_length=12)),
                ('source', models.CharField(max_length=20)),
                ('type', models.CharField(blank=True, default='', help_text='empty: every type', max_length=120)),
                ('since', models.DateTimeField(help_text='received from then on')),
                ('until', models.DateTimeField(help_text='received before then')),
                ('event_states', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), size=None)),
                ('matched', models.PositiveIntegerField(help_text='events found when it was asked for, counted up to 10,000')),
                ('reason', models.TextField()),
                ('requested_by', models.CharField(max_length=80)),
                ('requested_at', models.DateTimeField()),
                ('decided_by', models.CharField(blank=True, default='', max_length=80)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('last_received_at', models.DateTimeField(blank=True, help_text='how far it has come', null=True)),
                ('last_event', models.BigIntegerField(default=0)),
                ('replayed', models.PositiveIntegerField(default=0)),
                ('skipped', models.PositiveIntegerField(default=0)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.RemoveIndex(
            model_name='outboxjob',
            name='outbox_dead',
        ),
        migrations.RemoveIndex(
            model_name='webhookevent',
            name='inbox_dead',
        ),
        migrations.AddIndex(
            model_name='gatewaycall',
            index=models.Index(condition=models.Q(('status__in', ['declined', 'not_executed', 'pending', 'reversed', 'unknown'])), fields=['status', '-id'], name='call_not_plain'),
        ),
        migrations.AddIndex(
            model_name='outboxjob',
            index=models.Index(condition=models.Q(('state__in', ['dead', 'skipped'])), fields=['state', '-id'], name='outbox_set_aside'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=django.contrib.postgres.indexes.GinIndex(fields=['roles'], name='user_roles'),
        ),
        migrations.AddIndex(
            model_name='webhookevent',
            index=models.Index(condition=models.Q(('state__in', ['dead', 'foreign', 'ignored', 'parked'])), fields=['state', '-id'], name='inbox_set_aside'),
        ),
        migrations.AddIndex(
            model_name='replayrequest',
            index=models.Index(condition=models.Q(('status', 'requested')), fields=['-id'], name='replay_waiting'),
        ),
        migrations.AddConstraint(
            model_name='replayrequest',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['requested', 'approved', 'done', 'stopped', 'rejected'])), name='a_bulk_replay_has_a_known_status'),
        ),
        migrations.AddConstraint(
            model_name='replayrequest',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['requested', 'rejected']), models.Q(('decided_at__isnull', False), models.Q(('decided_by', ''), _negated=True), models.Q(('decided_by', models.F('requested_by')), _negated=True)), _connector='OR'), name='a_bulk_replay_is_allowed_by_somebody_else'),
        ),
        migrations.AddConstraint(
            model_name='replayrequest',
            constraint=models.CheckConstraint(condition=models.Q(('until__gt', models.F('since'))), name='a_bulk_replay_ends_after_it_begins'),
        ),
    ]
