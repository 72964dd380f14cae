"""Gathers the settings of every concern, and stops the process if the environment is not fit."""

from config.settings.admin import *
from config.settings.api import *
from config.settings.beat import *
from config.settings.cache import *
from config.settings.celery import *
from config.settings.core import *
from config.settings.database import *
from config.settings.env import env
from config.settings.gateways import *
from config.settings.observability import *
from config.settings.policy import *
from config.settings.providers import *
from config.settings.rails import *
from config.settings.routes import *
from config.settings.security import *
from config.settings.transfers import *

env.finish()
