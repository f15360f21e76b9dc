"""Pages of this room, in the order of the work: a conference, its halls, a sitting, posters,
tickets."""

from survey.sittings import conference_pages, hall_pages, poster_pages, sitting_pages, ticket_pages
from survey.sittings.room import bp

__all__ = ["bp", "conference_pages", "hall_pages", "poster_pages", "sitting_pages", "ticket_pages"]
