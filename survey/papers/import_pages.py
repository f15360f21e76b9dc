"""Questions out of a document: paste or upload, see what was understood, choose, take over."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from quizzes.exchange import BLOCKING, Reading
from survey import db, web
from survey.access.guards import Right, allow
from survey.papers import bank, queries
from survey.papers.forms import ImportForm, PasteForm
from survey.papers.models import Clause, QuestionImport, Resolution
from survey.papers.queries import path_of_import, path_of_resolution
from survey.papers.reading import (
    ABOUT_KEY,
    Choice,
    Document,
    clause_named,
    draft_of,
    pasted,
    stamps,
    uploaded,
)
from survey.papers.room import bp
from survey.papers.words import FILES, KINDS, LEVELS, problem
from survey.sheetfile import SheetError
from survey.text import clean


@bp.route("/resolutions/<int:resolution_id>/import", methods=["GET", "POST"])
@allow(Right.EDIT_PAPERS, on=path_of_resolution)
def import_items(resolution_id: int) -> str | Response:
    """The paste box. A document with a secrecy stamp stops here: not a letter of it is kept."""
    form = PasteForm()
    secret = []
    if form.validate_on_submit():
        try:
            document = _sent(form)
            secret = stamps(document.read())
        except SheetError as error:
            field = form.file if _has_file(form) else form.text
            field.errors = [str(FILES[error.code])]
        else:
            if not secret:
                made = bank.keep_import(
                    db.session(),
                    resolution_id,
                    format=document.format,
                    content=document.content,
                    now=web.now(),
                )
                return redirect(url_for("papers.choose_candidates", import_id=made))
    return render_template(
        "papers/import.html",
        form=form,
        resolution=db.session().get_one(Resolution, resolution_id),
        secret=secret,
    )


def _sent(form: PasteForm) -> Document:
    """What was pasted; with an empty box what was uploaded."""
    if _has_file(form):
        return uploaded(form.file.data.read(), form.file.data.filename)
    if not form.text.data:
        raise SheetError("empty_box")
    return pasted(form.text.data)


def _has_file(form: PasteForm) -> bool:
    """Whether it is the file that counts: the box goes first."""
    return not form.text.data and bool(getattr(form.file.data, "filename", ""))


@bp.route("/imports/<int:import_id>", methods=["GET", "POST"])
@allow(Right.EDIT_PAPERS, on=path_of_import)
def choose_candidates(import_id: int) -> str | Response:
    """Every candidate as it was understood; those chosen go into the bank, all or none."""
    session = db.session()
    row = session.get_one(QuestionImport, import_id)
    resolution_id = row.resolution_id
    reading = Document(row.format, row.content).read()
    clauses = queries.clauses_of(session, resolution_id)
    form = ImportForm()
    form.clause.choices = [
        SelectChoice(0, _("Chưa gắn mục nào")),
        *(SelectChoice(clause.id, clause.label) for clause in clauses),
    ]
    choice = _chosen(reading, request.form) if form.is_submitted() else Choice.of(reading)
    page = _Page(row, reading, clauses, choice, form)
    if form.validate_on_submit() and choice.taken and not choice.unfit:
        drafts = [
            draft_of(one, clause_named(one.clause, clauses) or form.clause.data or None)
            for place, one in enumerate(choice.candidates)
            if place in choice.taken
        ]
        return _take_over(import_id, resolution_id, drafts)
    return page.render()


def _take_over(import_id: int, resolution_id: int, drafts: list[bank.ItemDraft]) -> Response:
    to_bank = redirect(url_for("papers.items", resolution_id=resolution_id))
    try:
        made = bank.finish_import(db.session(), import_id, drafts)
    except bank.ImportGone:  # the same button a second time
        return to_bank
    said = ngettext(
        "Đã đưa %(num)d câu vào ngân hàng.", "Đã đưa %(num)d câu vào ngân hàng.", len(made)
    )
    flash(said, "success")
    return to_bank


def _chosen(reading: Reading, sent: MultiDict[str, str]) -> Choice:
    """What was marked on the page; places that the document does not have are passed over."""
    keys = {
        place: frozenset(
            at for at in range(len(one.options)) if str(at) in sent.getlist(f"key-{place}")
        )
        for place, one in enumerate(reading.candidates)
    }
    ticked = set(sent.getlist("take"))
    taken = {place for place in keys if str(place) in ticked}
    return Choice.made(reading, taken, keys)


@dataclass(frozen=True, slots=True)
class _Page:
    """The preview of one document with what was chosen on it so far."""

    row: QuestionImport
    reading: Reading
    clauses: list[Clause]
    choice: Choice
    form: ImportForm

    def render(self, text: str | None = None, secret: object = ()) -> str:
        labels = {clause.id: clause.label for clause in self.clauses}
        return render_template(
            "papers/import_preview.html",
            row=self.row,
            reading=self.reading,
            text=self.row.content if text is None else text,
            candidates=[
                (place, one, labels.get(clause_named(one.clause, self.clauses) or 0))
                for place, one in enumerate(self.choice.candidates)
            ],
            taken=self.choice.taken,
            ready=sum(one.ready for one in self.choice.candidates),
            unfit=self.choice.unfit if self.form.is_submitted() else [],
            nothing=self.form.is_submitted() and text is None and not self.choice.taken,
            resolution=db.session().get_one(Resolution, self.row.resolution_id),
            form=self.form,
            secret=secret,
            blocking=BLOCKING,
            about_key=ABOUT_KEY,
            kinds=KINDS,
            levels=LEVELS,
            say=problem,
        )


@bp.post("/imports/<int:import_id>/text")
@allow(Right.EDIT_PAPERS, on=path_of_import)
def mend_import(import_id: int) -> str | Response:
    """The document corrected in place and read again."""
    session = db.session()
    row = session.get_one(QuestionImport, import_id)
    form = ImportForm()
    text = clean(request.form.get("text", ""))
    if row.format == "table" or not text:
        return redirect(url_for("papers.choose_candidates", import_id=import_id))
    try:
        document = pasted(text)
    except SheetError:
        flash(_("Văn bản dài quá. Đồng chí chia nhỏ rồi nhập từng phần."), "error")
        return redirect(url_for("papers.choose_candidates", import_id=import_id))
    secret = stamps(document.read())
    if secret:
        reading = Document(row.format, row.content).read()
        form.clause.choices = []
        page = _Page(row, reading, [], Choice.of(reading), form)
        return page.render(text, secret)
    bank.amend_import(session, import_id, content=document.content)
    return redirect(url_for("papers.choose_candidates", import_id=import_id))


@bp.post("/imports/<int:import_id>/discard")
@allow(Right.EDIT_PAPERS, on=path_of_import)
def discard_import(import_id: int) -> Response:
    resolution_id = db.session().get_one(QuestionImport, import_id).resolution_id
    bank.discard_import(db.session(), import_id)
    flash(_("Đã bỏ lần nhập này."), "success")
    return redirect(url_for("papers.items", resolution_id=resolution_id))
