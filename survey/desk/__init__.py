"""Pages that look over all rooms: the organiser's home, the secretary's check, the projector."""
