"""People and programs that may call us."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from config.accounts.roles import STAFF_ROLES, Role, all_in_admin, may_in_admin
from config.kernel.ids import new_id


def user_id() -> str:
    return new_id("usr")


def api_key_id() -> str:
    return new_id("key")


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, roles=[Role.ADMINISTRATOR], **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person, known by e-mail. What they may do follows from their roles alone."""

    public_id = models.CharField(max_length=36, unique=True, default=user_id, editable=False)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=120, blank=True, default="")
    roles = ArrayField(models.CharField(max_length=16, choices=Role.choices), default=list, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    referral_code = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="as they gave it when they registered"
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="an_email_belongs_to_one_user"),
            models.CheckConstraint(condition=Q(roles__contained_by=Role.values), name="a_user_has_known_roles"),
        ]
        indexes = [GinIndex(fields=["roles"], name="user_roles")]

    def __str__(self) -> str:
        return self.email

    @property
    def is_staff(self) -> bool:
        """May enter the operator site."""
        return self.is_active and bool(STAFF_ROLES.intersection(self.roles))

    @property
    def is_superuser(self) -> bool:
        return self.is_active and Role.ADMINISTRATOR in self.roles

    @property
    def actor(self) -> str:
        """How audit entries name this person."""
        return f"user:{self.public_id}"

    @property
    def called(self) -> str:
        """How operators read who it is: the name, or the e-mail of who gave none."""
        return self.name or self.email

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's question, answered from our table; administrators get no way round it."""
        del obj
        return may_in_admin(self, perm)

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        return any(permission.startswith(f"{app_label}.") for permission in all_in_admin(self))

    def get_all_permissions(self, obj: object = None) -> set[str]:
        del obj
        return all_in_admin(self)


class ApiKey(models.Model):
    """A program's credential: only its hash is kept; it is scoped and it expires."""

    public_id = models.CharField(max_length=36, unique=True, default=api_key_id, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    secret_sha256 = models.BinaryField(max_length=32)
    scopes = ArrayField(models.CharField(max_length=60), default=list)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")), name="an_api_key_expires_after_it_was_made"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.public_id})"


class LoginFailure(models.Model):
    """Failed logins of one e-mail from one address, counted where Redis cannot lose them."""

    email_sha256 = models.BinaryField(max_length=32)
    remote_addr = models.CharField(max_length=45)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["email_sha256", "remote_addr", "window_start"], name="login_failures_are_counted_per_window"
            ),
        ]
        indexes = [models.Index(fields=["window_start"], name="login_failure_age")]

    def __str__(self) -> str:
        return f"{self.remote_addr} ×{self.count}"
