"""The server that answers what it is told to, under the name by which the tests of adapters know it."""

from config.calls.tests.scripted import Reply, Script, ScriptedServer, Seen, closed_port, listening

__all__ = ["Reply", "Script", "ScriptedServer", "Seen", "closed_port", "listening"]
