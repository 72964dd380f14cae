"""The sandbox: a process that speaks the gateways' wire protocols over real HTTP, faults included."""
