"""Bank calendars of a group: loaded from a library, corrected by hand; who planned on days that may change."""
