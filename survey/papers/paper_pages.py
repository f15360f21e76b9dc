"""A paper being put together: its list, its questions and their order, its publication."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice

from survey import db, web
from survey.access.guards import Right, allow
from survey.papers import operations, queries
from survey.papers.assembly import assemble, chosen_items, fault_of, is_long
from survey.papers.bank_pages import filter_asked
from survey.papers.forms import NewPaperForm, PaperForm
from survey.papers.models import PaperDraft, Resolution
from survey.papers.queries import BankFilter, path_of_paper
from survey.papers.room import bp, ordered, own_path, own_tree
from survey.papers.words import KINDS, LEVELS, fault, flaw


@bp.get("/papers")
@allow(Right.SEE_PAPERS)
def index() -> str:
    """The papers this account works on, and below them what the units above have published."""
    session = db.session()
    tree, units = own_tree()
    wanted = request.args.get("q", "")
    everything = queries.papers(session, units)
    rows, sort = ordered(
        [
            row
            for row in everything
            if queries.matches(wanted, row.draft.title, row.resolution_number)
        ],
        {
            "title": lambda row: row.draft.title,
            "resolution": lambda row: row.resolution_number,
            "items": lambda row: row.items,
            "edition": lambda row: row.edition or 0,
            "changed": lambda row: row.draft.changed_at,
        },
        "-changed",
    )
    above = queries.editions_above(session, own_path())
    return render_template(
        "papers/papers.html",
        rows=rows,
        any=bool(everything),
        above=[row for row in above if queries.matches(wanted, row.title, row.resolution_number)],
        any_above=bool(above),
        any_resolution=bool(everything) or bool(queries.resolutions(session, units)),
        sort=sort,
        q=wanted,
        tree=tree,
        many_owners=len({row.draft.unit_id for row in everything}) > 1,
    )


@bp.route("/papers/new", methods=["GET", "POST"])
@allow(Right.EDIT_PAPERS)
def new_paper() -> str | Response:
    session = db.session()
    _tree, units = own_tree()
    rows = [row.resolution for row in queries.resolutions(session, units)]
    if not rows:
        return render_template("papers/no_resolution.html")
    form = NewPaperForm()
    form.resolution.choices = [SelectChoice(row.id, f"{row.number}: {row.title}") for row in rows]
    if not form.is_submitted():
        form.resolution.data = request.args.get("resolution", rows[0].id, type=int)
    if form.validate_on_submit():
        made = operations.draft_paper(
            session,
            resolution_id=form.resolution.data,
            # Whose the resolution is, theirs is the paper: both live in one place of the tree.
            unit_id=next(row.unit_id for row in rows if row.id == form.resolution.data),
            title=form.title.data or "",
            shuffle_items=form.shuffle_items.data,
            shuffle_options=form.shuffle_options.data,
            now=web.now(),
        )
        flash(_("Đã tạo đề. Tiếp theo, đồng chí chọn câu hỏi."), "success")
        return redirect(url_for("papers.choose", paper_id=made))
    return render_template("papers/new_paper.html", form=form)


@bp.route("/papers/<int:paper_id>", methods=["GET", "POST"])
@allow(Right.EDIT_PAPERS, on=path_of_paper)
def show(paper_id: int) -> str | Response:
    """The draft: its settings, its questions in order, what it still lacks, its editions."""
    session = db.session()
    draft = session.get_one(PaperDraft, paper_id)
    form = PaperForm.of(draft)
    if form.validate_on_submit():
        operations.settle_paper(
            session,
            paper_id,
            title=form.title.data or "",
            shuffle_items=form.shuffle_items.data,
            shuffle_options=form.shuffle_options.data,
            now=web.now(),
        )
        flash(_("Đã lưu đề."), "success")
        return redirect(url_for("papers.show", paper_id=paper_id))
    assembly = assemble(session, paper_id)
    return render_template(
        "papers/paper.html",
        draft=draft,
        form=form,
        resolution=session.get_one(Resolution, draft.resolution_id),
        items=[(row, fault_of(row)) for row in chosen_items(session, paper_id)],
        clauses={row.id: row for row in queries.clauses_of(session, draft.resolution_id)},
        assembly=assembly,
        long=assembly.paper is not None and is_long(assembly.paper.items),
        flaws=[(one, flaw(one)) for one in assembly.flaws],
        editions=queries.editions_of(session, paper_id),
        kinds=KINDS,
        levels=LEVELS,
        say=fault,
    )


@bp.post("/papers/<int:paper_id>/order")
@allow(Right.EDIT_PAPERS, on=path_of_paper)
def order(paper_id: int) -> Response:
    """One question up, down, or out; the buttons' values are ids of questions."""
    session, now = db.session(), web.now()
    for name, by in (("up", -1), ("down", 1)):
        item_id = request.form.get(name, type=int)
        if item_id is not None:
            operations.move_item(session, paper_id, item_id, by=by, now=now)
    leaving = request.form.get("remove", type=int)
    if leaving is not None:
        operations.choose_items(session, paper_id, shown=[leaving], chosen=[], now=now)
        flash(_("Đã bỏ một câu khỏi đề. Câu hỏi vẫn còn trong ngân hàng."), "success")
    return redirect(url_for("papers.show", paper_id=paper_id) + "#items")


@bp.route("/papers/<int:paper_id>/choose", methods=["GET", "POST"])
@allow(Right.EDIT_PAPERS, on=path_of_paper)
def choose(paper_id: int) -> str | Response:
    """Which questions of the bank the draft holds. Only those on the page are chosen from."""
    session = db.session()
    draft = session.get_one(PaperDraft, paper_id)
    if request.method == "POST":
        operations.choose_items(
            session,
            paper_id,
            shown=request.form.getlist("shown", type=int),
            chosen=request.form.getlist("item", type=int),
            now=web.now(),
        )
        flash(_("Đã lưu các câu đã chọn."), "success")
        return redirect(url_for("papers.show", paper_id=paper_id))
    wanted = filter_asked()
    return render_template(
        "papers/choose.html",
        draft=draft,
        resolution=session.get_one(Resolution, draft.resolution_id),
        clauses=queries.clauses_of(session, draft.resolution_id),
        rows=queries.bank(session, draft.resolution_id, wanted),
        held=queries.held_by(session, paper_id),
        wanted=wanted,
        filtered=wanted != BankFilter(),
        kinds=KINDS,
        levels=LEVELS,
        say=fault,
    )


@bp.get("/papers/<int:paper_id>/preview")
@allow(Right.EDIT_PAPERS, on=path_of_paper)
def preview_paper(paper_id: int) -> str:
    """The whole draft as a phone would show it, in the order in which it is written."""
    session = db.session()
    draft = session.get_one(PaperDraft, paper_id)
    return render_template(
        "papers/phone.html",
        title=draft.title,
        questions=[(row, range(len(row.options))) for row in chosen_items(session, paper_id)],
        back=url_for("papers.show", paper_id=paper_id),
        shuffled=draft.shuffle_items or draft.shuffle_options,
    )


@bp.post("/papers/<int:paper_id>/publish")
@allow(Right.EDIT_PAPERS, on=path_of_paper)
def publish(paper_id: int) -> Response:
    """The button carries the number that its page showed: a second tap publishes nothing more."""
    number = request.form.get("number", 0, type=int)
    try:
        made = operations.publish_paper(db.session(), paper_id, number=number, now=web.now())
    except operations.PaperPublished:
        flash(_("Đề vừa được ban hành từ một trang khác, không ban hành thêm."), "warning")
        return redirect(url_for("papers.show", paper_id=paper_id))
    except operations.NotReady:
        flash(_("Chưa ban hành: đề còn chỗ cần sửa."), "error")
        return redirect(url_for("papers.show", paper_id=paper_id))
    flash(_("Đã ban hành đề lần %(number)d.", number=number), "success")
    return redirect(url_for("papers.edition", edition_id=made))


@bp.post("/papers/<int:paper_id>/delete")
@allow(Right.EDIT_PAPERS, on=path_of_paper)
def delete_paper(paper_id: int) -> Response:
    session = db.session()
    title = session.get_one(PaperDraft, paper_id).title
    try:
        operations.delete_paper(session, paper_id)
    except operations.PaperPublished:
        flash(_("Đề đã ban hành nên không xóa được."), "error")
        return redirect(url_for("papers.show", paper_id=paper_id))
    flash(_("Đã xóa đề “%(title)s”.", title=title), "success")
    return redirect(url_for("papers.index"))
