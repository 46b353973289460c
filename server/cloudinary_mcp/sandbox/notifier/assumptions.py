"""Behaviour of Cloudinary's notifications that no source confirms, in one place."""

RETRY_INTERVALS = (180.0, 360.0, 540.0)
"""Seconds between one attempt and the next; sources say "3, 6 and 9 minutes after" without saying after what."""
TIMEOUT = 20.0
"""Seconds that a receiver has to answer."""
STAMPED = frozenset({"upload", "eager", "rename", "create_folder", "delete_folder", "resource_display_name_changed"})
"""The events that carry `timestamp` and `request_id`; a delete never does, of the others nobody knows."""
EAGER_ALSO_TO_NOTIFICATION_URL = True
"""Whether an eager event goes to `notification_url` too when the call has an `eager_notification_url`."""
FOLDER_MOVED_STATUS = "completed"

MOST_TRIGGERS = 30
"""How many triggers one event type may have."""
TOO_MANY_TRIGGERS_TEXT = "At most {most} triggers are allowed for the event type {event_type}"
NO_TRIGGER_TEXT = "Trigger {id} not found"
TRIGGER_UPDATED_TEXT = "updated"
FILTER_RESULT_WITHOUT_FILTER = True
"""What testing a trigger that has no filter answers."""

MESSAGES_KEPT = 10_000
"""How many messages wait to be polled, over all channels; the oldest go first."""
MESSAGES_KEPT_FOR = 7 * 86_400
"""Seconds for which a message waits to be polled."""
UNKNOWN_RECEIPT_STATUS = "not_found"
"""What acknowledging an unknown, acknowledged or outdated receipt handle answers for it."""
