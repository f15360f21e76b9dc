"""The attendee's pages: door, sheet, hand in, thanks. The only room open to the world."""
