"""The first schema."""

import sqlalchemy as sa
from alembic import op

import survey.db

revision = "0001"
down_revision = None
branch_labels = ("default",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("started", sa.Date(), nullable=False),
        sa.Column("ended", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unit")),
        sa.UniqueConstraint("code", name=op.f("uq_unit_code")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("revoked_at", survey.db.UtcDateTime(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", survey.db.UtcDateTime(), nullable=True),
        sa.Column("created_at", survey.db.UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "role = 'administrator' OR unit_id IS NOT NULL", name=op.f("ck_account_has_scope")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_account_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
    )
    op.create_index(op.f("ix_account_unit_id"), "account", ["unit_id"], unique=False)
    op.create_table(
        "conference",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_conference_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conference")),
    )
    op.create_index(op.f("ix_conference_unit_id"), "conference", ["unit_id"], unique=False)
    op.create_table(
        "headcount",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("since", survey.db.UtcDateTime(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "eligible >= 0 AND eligible <= total", name=op.f("ck_headcount_eligible")
        ),
        sa.CheckConstraint("total >= 0", name=op.f("ck_headcount_total")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_headcount_unit_id_unit")),
        sa.PrimaryKeyConstraint("unit_id", "since", name=op.f("pk_headcount")),
    )
    op.create_table(
        "resolution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_resolution_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resolution")),
        sa.UniqueConstraint("unit_id", "number", name=op.f("uq_resolution_unit_id_number")),
    )
    op.create_index(op.f("ix_resolution_unit_id"), "resolution", ["unit_id"], unique=False)
    op.create_table(
        "unit_name",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("fold", sa.String(length=250), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_name_unit_id_unit")),
        sa.PrimaryKeyConstraint("unit_id", "since", name=op.f("pk_unit_name")),
    )
    op.create_index("ix_unit_name_fold", "unit_name", ["fold"], unique=False)
    op.create_table(
        "unit_parent",
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("parent_id <> unit_id", name=op.f("ck_unit_parent_not_itself")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["unit.id"], name=op.f("fk_unit_parent_parent_id_unit")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_parent_unit_id_unit")),
        sa.PrimaryKeyConstraint("unit_id", "since", name=op.f("pk_unit_parent")),
    )
    op.create_index(op.f("ix_unit_parent_parent_id"), "unit_parent", ["parent_id"], unique=False)
    op.create_table(
        "clause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resolution_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resolution_id"], ["resolution.id"], name=op.f("fk_clause_resolution_id_resolution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clause")),
        sa.UniqueConstraint("resolution_id", "label", name=op.f("uq_clause_resolution_id_label")),
    )
    op.create_index(op.f("ix_clause_resolution_id"), "clause", ["resolution_id"], unique=False)
    op.create_table(
        "hall",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conference.id"], name=op.f("fk_hall_conference_id_conference")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_hall_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hall")),
        sa.UniqueConstraint("conference_id", "name", name=op.f("uq_hall_conference_id_name")),
    )
    op.create_index(op.f("ix_hall_conference_id"), "hall", ["conference_id"], unique=False)
    op.create_table(
        "import_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", survey.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_import_draft_account_id_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_draft")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_import_draft_account_id"), "import_draft", ["account_id"], unique=False
    )
    op.create_table(
        "paper",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("resolution_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("shuffle_items", sa.Boolean(), nullable=False),
        sa.Column("shuffle_options", sa.Boolean(), nullable=False),
        sa.Column("changed_at", survey.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resolution_id"], ["resolution.id"], name=op.f("fk_paper_resolution_id_resolution")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_paper_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper")),
    )
    op.create_index(op.f("ix_paper_resolution_id"), "paper", ["resolution_id"], unique=False)
    op.create_index(op.f("ix_paper_unit_id"), "paper", ["unit_id"], unique=False)
    op.create_table(
        "question_import",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resolution_id", sa.Integer(), nullable=False),
        sa.Column("format", sa.String(length=10), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("created_at", survey.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resolution_id"],
            ["resolution.id"],
            name=op.f("fk_question_import_resolution_id_resolution"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_import")),
    )
    op.create_index(
        op.f("ix_question_import_resolution_id"), "question_import", ["resolution_id"], unique=False
    )
    op.create_table(
        "sign_in_link",
        sa.Column("secret_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("expires_at", survey.db.UtcDateTime(), nullable=False),
        sa.Column("used_at", survey.db.UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sign_in_link_account_id_account")
        ),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_sign_in_link")),
    )
    op.create_index(
        op.f("ix_sign_in_link_account_id"), "sign_in_link", ["account_id"], unique=False
    )
    op.create_table(
        "bank_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resolution_id", sa.Integer(), nullable=False),
        sa.Column("clause_id", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["clause_id"],
            ["clause.id"],
            name=op.f("fk_bank_item_clause_id_clause"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["resolution_id"], ["resolution.id"], name=op.f("fk_bank_item_resolution_id_resolution")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_item")),
    )
    op.create_index(
        op.f("ix_bank_item_resolution_id"), "bank_item", ["resolution_id"], unique=False
    )
    op.create_table(
        "edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("resolution_number", sa.String(length=60), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("published_at", survey.db.UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_edition_paper_id_paper")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("paper_id", "number", name=op.f("uq_edition_paper_id_number")),
    )
    op.create_table(
        "hall_unit",
        sa.Column("hall_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hall_id"], ["hall.id"], name=op.f("fk_hall_unit_hall_id_hall"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_hall_unit_unit_id_unit")),
        sa.PrimaryKeyConstraint("hall_id", "unit_id", name=op.f("pk_hall_unit")),
    )
    op.create_table(
        "bank_option",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("correct", sa.Boolean(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["bank_item.id"],
            name=op.f("fk_bank_option_item_id_bank_item"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("item_id", "position", name=op.f("pk_bank_option")),
    )
    op.create_table(
        "paper_item",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["bank_item.id"],
            name=op.f("fk_paper_item_item_id_bank_item"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"],
            ["paper.id"],
            name=op.f("fk_paper_item_paper_id_paper"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("paper_id", "item_id", name=op.f("pk_paper_item")),
    )
    op.create_table(
        "provision",
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_provision_edition_id_edition")
        ),
        sa.PrimaryKeyConstraint("edition_id", "period", name=op.f("pk_provision")),
    )
    op.create_table(
        "sitting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("conference_id", sa.Integer(), nullable=True),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=True),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("show", sa.String(length=10), nullable=False),
        sa.Column("opens_at", survey.db.UtcDateTime(), nullable=True),
        sa.Column("closes_at", survey.db.UtcDateTime(), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("grace", sa.Integer(), nullable=False),
        sa.Column("created_at", survey.db.UtcDateTime(), nullable=False),
        sa.Column("changed_at", survey.db.UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'check') = (conference_id IS NULL)", name=op.f("ck_sitting_kind")
        ),
        sa.CheckConstraint(
            "(kind = 'check') = (period IS NOT NULL)", name=op.f("ck_sitting_period")
        ),
        sa.CheckConstraint("closes_at >= opens_at", name=op.f("ck_sitting_closes_later")),
        sa.CheckConstraint(
            "closes_at IS NULL OR opens_at IS NOT NULL", name=op.f("ck_sitting_opens_first")
        ),
        sa.ForeignKeyConstraint(
            ["conference_id"], ["conference.id"], name=op.f("fk_sitting_conference_id_conference")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["edition.id"], name=op.f("fk_sitting_edition_id_edition")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_sitting_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting")),
        sa.UniqueConstraint(
            "unit_id", "period", "edition_id", name=op.f("uq_sitting_unit_id_period_edition_id")
        ),
    )
    op.create_index(op.f("ix_sitting_conference_id"), "sitting", ["conference_id"], unique=False)
    op.create_index(op.f("ix_sitting_edition_id"), "sitting", ["edition_id"], unique=False)
    op.create_index(op.f("ix_sitting_unit_id"), "sitting", ["unit_id"], unique=False)
    op.create_table(
        "cell_roll",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("excused", sa.Integer(), nullable=False),
        sa.Column("counted_at", survey.db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("present >= 0 AND excused >= 0", name=op.f("ck_cell_roll_counts")),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_cell_roll_sitting_id_sitting")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_cell_roll_unit_id_unit")),
        sa.PrimaryKeyConstraint("sitting_id", "unit_id", name=op.f("pk_cell_roll")),
    )
    op.create_table(
        "door",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.Integer(), nullable=True),
        sa.Column("unit_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=26), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"], name=op.f("fk_door_hall_id_hall")),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_door_sitting_id_sitting")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_door_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door")),
        sa.UniqueConstraint("code", name=op.f("uq_door_code")),
        sa.UniqueConstraint("key", name=op.f("uq_door_key")),
    )
    op.create_index(op.f("ix_door_sitting_id"), "door", ["sitting_id"], unique=False)
    op.create_table(
        "hall_roll",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.Integer(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("counted_at", survey.db.UtcDateTime(), nullable=False),
        sa.CheckConstraint("present >= 0", name=op.f("ck_hall_roll_counts")),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"], name=op.f("fk_hall_roll_hall_id_hall")),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_hall_roll_sitting_id_sitting")
        ),
        sa.PrimaryKeyConstraint("sitting_id", "hall_id", name=op.f("pk_hall_roll")),
    )
    op.create_table(
        "hall_tally",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"], name=op.f("fk_hall_tally_hall_id_hall")),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_hall_tally_sitting_id_sitting")
        ),
        sa.PrimaryKeyConstraint("sitting_id", "hall_id", name=op.f("pk_hall_tally")),
    )
    op.create_table(
        "live_tally",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.Integer(), nullable=True),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("coming", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"], name=op.f("fk_live_tally_hall_id_hall")),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_live_tally_sitting_id_sitting")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_live_tally_unit_id_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_tally")),
    )
    op.create_index(op.f("ix_live_tally_sitting_id"), "live_tally", ["sitting_id"], unique=False)
    op.create_table(
        "sheet",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.LargeBinary(length=16), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.Integer(), nullable=True),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["hall_id"], ["hall.id"], name=op.f("fk_sheet_hall_id_hall")),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_sheet_sitting_id_sitting")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_sheet_unit_id_unit")),
        sa.PrimaryKeyConstraint("sitting_id", "receipt", name=op.f("pk_sheet")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sheet_place", "sheet", ["sitting_id", "unit_id", "hall_id"], unique=False)
    op.create_table(
        "tally_run",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("made_at", survey.db.UtcDateTime(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_tally_run_sitting_id_sitting")
        ),
        sa.PrimaryKeyConstraint("sitting_id", name=op.f("pk_tally_run")),
    )
    op.create_table(
        "unit_tally",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("cells", sa.Integer(), nullable=False),
        sa.Column("uncounted", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=True),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("answered", sa.Integer(), nullable=False),
        sa.Column("published", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_unit_tally_sitting_id_sitting")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_unit_tally_unit_id_unit")),
        sa.PrimaryKeyConstraint("sitting_id", "unit_id", name=op.f("pk_unit_tally")),
    )

    # An index on expressions, which autogeneration passes over.
    op.create_index(
        "uq_door_place",
        "door",
        ["sitting_id", sa.text("coalesce(hall_id, 0)"), sa.text("coalesce(unit_id, 0)")],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("unit_tally")
    op.drop_table("tally_run")
    op.drop_index("ix_sheet_place", table_name="sheet")
    op.drop_table("sheet")
    op.drop_index(op.f("ix_live_tally_sitting_id"), table_name="live_tally")
    op.drop_table("live_tally")
    op.drop_table("hall_tally")
    op.drop_table("hall_roll")
    op.drop_index(op.f("ix_door_sitting_id"), table_name="door")
    op.drop_table("door")
    op.drop_table("cell_roll")
    op.drop_index(op.f("ix_sitting_unit_id"), table_name="sitting")
    op.drop_index(op.f("ix_sitting_edition_id"), table_name="sitting")
    op.drop_index(op.f("ix_sitting_conference_id"), table_name="sitting")
    op.drop_table("sitting")
    op.drop_table("provision")
    op.drop_table("paper_item")
    op.drop_table("bank_option")
    op.drop_table("hall_unit")
    op.drop_table("edition")
    op.drop_index(op.f("ix_bank_item_resolution_id"), table_name="bank_item")
    op.drop_table("bank_item")
    op.drop_index(op.f("ix_sign_in_link_account_id"), table_name="sign_in_link")
    op.drop_table("sign_in_link")
    op.drop_index(op.f("ix_question_import_resolution_id"), table_name="question_import")
    op.drop_table("question_import")
    op.drop_index(op.f("ix_paper_unit_id"), table_name="paper")
    op.drop_index(op.f("ix_paper_resolution_id"), table_name="paper")
    op.drop_table("paper")
    op.drop_index(op.f("ix_import_draft_account_id"), table_name="import_draft")
    op.drop_table("import_draft")
    op.drop_index(op.f("ix_hall_conference_id"), table_name="hall")
    op.drop_table("hall")
    op.drop_index(op.f("ix_clause_resolution_id"), table_name="clause")
    op.drop_table("clause")
    op.drop_index(op.f("ix_unit_parent_parent_id"), table_name="unit_parent")
    op.drop_table("unit_parent")
    op.drop_index("ix_unit_name_fold", table_name="unit_name")
    op.drop_table("unit_name")
    op.drop_index(op.f("ix_resolution_unit_id"), table_name="resolution")
    op.drop_table("resolution")
    op.drop_table("headcount")
    op.drop_index(op.f("ix_conference_unit_id"), table_name="conference")
    op.drop_table("conference")
    op.drop_index(op.f("ix_account_unit_id"), table_name="account")
    op.drop_table("account")
    op.drop_table("unit")
