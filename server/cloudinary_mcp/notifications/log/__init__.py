"""The durable log of verified notifications, and the signal that wakes whoever waits for one."""
