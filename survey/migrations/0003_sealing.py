"""Sealed sittings: sheets in random order, phones as counts, receipts, a digest."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sealed_sheet",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("hall_id", sa.Integer(), nullable=True),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["hall_id"], ["hall.id"], name=op.f("fk_sealed_sheet_hall_id_hall")
        ),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_sealed_sheet_sitting_id_sitting")
        ),
        sa.ForeignKeyConstraint(
            ["unit_id"], ["unit.id"], name=op.f("fk_sealed_sheet_unit_id_unit")
        ),
        sa.PrimaryKeyConstraint("sitting_id", "place", name=op.f("pk_sealed_sheet")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sealed_mode",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_sealed_mode_sitting_id_sitting")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_sealed_mode_unit_id_unit")),
        sa.PrimaryKeyConstraint("sitting_id", "unit_id", "mode", name=op.f("pk_sealed_mode")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sealed_receipt",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("receipt", sa.LargeBinary(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_sealed_receipt_sitting_id_sitting")
        ),
        sa.PrimaryKeyConstraint("sitting_id", "receipt", name=op.f("pk_sealed_receipt")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "seal",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("intact", sa.Boolean(), nullable=False),
        sa.Column("swept", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_seal_sitting_id_sitting")
        ),
        sa.PrimaryKeyConstraint("sitting_id", name=op.f("pk_seal")),
    )


def downgrade() -> None:
    op.drop_table("seal")
    op.drop_table("sealed_receipt")
    op.drop_table("sealed_mode")
    op.drop_table("sealed_sheet")
