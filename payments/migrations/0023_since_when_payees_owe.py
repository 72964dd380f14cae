"""A debt has the time when it began; of those that stand, the last change is the best that is known."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('payments', '0022_words_of_consents'),
    ]

    operations = [
        migrations.AddField(
            model_name='payeebalance',
            name='owes_since',
            field=models.DateTimeField(blank=True, help_text='since then they owe us without a break', null=True),
        ),
        migrations.RunSQL(
            'UPDATE payments_payeebalance SET owes_since = changed_at WHERE receivable_minor > 0',
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name='payeebalance',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('owes_since__isnull', True), ('receivable_minor', 0)), models.Q(('owes_since__isnull', False), ('receivable_minor__gt', 0)), _connector='OR'), name='a_payee_owes_since_a_time_exactly_while_they_owe'),
        ),
        migrations.AddIndex(
            model_name='payeebalance',
            index=models.Index(condition=models.Q(('receivable_minor__gt', 0)), fields=['owes_since', 'id'], name='balance_owes'),
        ),
    ]
