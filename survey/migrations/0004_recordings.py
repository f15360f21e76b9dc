"""Questions that can be heard."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "recording",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recording")),
    )
    # Not a column of bank_item: SQLite can't add one with a named foreign key, and to make that
    # table anew would delete all options by their cascade.
    op.create_table(
        "item_recording",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["digest"], ["recording.digest"], name=op.f("fk_item_recording_digest_recording")
        ),
        sa.ForeignKeyConstraint(
            ["item_id"],
            ["bank_item.id"],
            name=op.f("fk_item_recording_item_id_bank_item"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("item_id", name=op.f("pk_item_recording")),
    )
    op.create_index(op.f("ix_item_recording_digest"), "item_recording", ["digest"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_item_recording_digest"), table_name="item_recording")
    op.drop_table("item_recording")
    op.drop_table("recording")
