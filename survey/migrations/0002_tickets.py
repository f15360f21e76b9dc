"""Sittings that admit by ticket, and their tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sitting", sa.Column("tickets", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.create_table(
        "ticket",
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.LargeBinary(length=16), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("spent", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sitting.id"], name=op.f("fk_ticket_sitting_id_sitting")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_ticket_unit_id_unit")),
        sa.PrimaryKeyConstraint("sitting_id", "mark", name=op.f("pk_ticket")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_ticket_place", "ticket", ["sitting_id", "unit_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_ticket_place", table_name="ticket")
    op.drop_table("ticket")
    op.drop_column("sitting", "tickets")
