"""Pages of this room, in the order of the work: a resolution, its bank, a paper, an edition."""

from survey.papers import bank_pages, edition_pages, import_pages, paper_pages, resolution_pages
from survey.papers.room import bp

__all__ = ["bank_pages", "bp", "edition_pages", "import_pages", "paper_pages", "resolution_pages"]
