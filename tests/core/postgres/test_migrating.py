"""Migrations applied quickly do what Django's own executor would do."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connections, migrations, models
from django.db.migrations import Migration
from django.db.migrations.state import ProjectState, StateApps

from huikuan.core.postgres.migrating import QuickState


def _operations(seen: list[list[str]]) -> list[Any]:
    def look(apps: StateApps, schema_editor: object) -> None:
        box = apps.get_model("toys", "Box")
        seen.append(sorted(field.name for field in box._meta.get_fields()))

    def key() -> models.AutoField[int, int]:
        return models.AutoField(primary_key=True)

    return [
        migrations.CreateModel("Box", [("id", key()), ("name", models.CharField(max_length=20))]),
        migrations.CreateModel(
            "Ball",
            [
                ("id", key()),
                ("size", models.IntegerField()),
                ("box", models.ForeignKey("Box", models.CASCADE)),
            ],
        ),
        migrations.AddIndex("Ball", models.Index(fields=["size"], name="toys_ball_size")),
        migrations.AddConstraint(
            "Ball", models.CheckConstraint(condition=models.Q(size__gt=0), name="toys_ball_size_positive")
        ),
        # Each of these has to know what was added to other models before.
        migrations.RunPython(look),
        migrations.AlterField("Box", "id", models.BigAutoField(primary_key=True)),
        migrations.AddConstraint("Box", models.UniqueConstraint(fields=["name"], name="toys_box_name")),
        migrations.AddField(
            "Box", "best", models.ForeignKey("Ball", models.CASCADE, related_name="+", null=True)
        ),
        migrations.RemoveConstraint("Ball", "toys_ball_size_positive"),
        migrations.AddField("Ball", "colour", models.CharField(max_length=9, default="red")),
        migrations.RunPython(look),
        migrations.AlterField("Ball", "colour", models.CharField(max_length=20, default="red")),
        migrations.AlterField("Ball", "box", models.ForeignKey("Box", models.CASCADE, null=True)),
        migrations.RemoveIndex("Ball", "toys_ball_size"),
        migrations.RenameField("Ball", "size", "width"),
        migrations.CreateModel("Lid", [("id", key()), ("box", models.OneToOneField("Box", models.CASCADE))]),
        migrations.RunPython(look),
        migrations.RenameModel("Ball", "Sphere"),
        migrations.DeleteModel("Lid"),
        migrations.RunPython(look),
    ]


def _apply(state: ProjectState) -> tuple[list[str], list[list[str]], ProjectState]:
    """The SQL of the operations, and the fields of Box that each RunPython saw."""
    seen: list[list[str]] = []
    migration = Migration("0001", "toys")
    migration.operations = _operations(seen)
    state.apps  # noqa: B018 -- as the executor does before it begins
    with connections["admin"].schema_editor(collect_sql=True, atomic=False) as editor:
        for operation in migration.operations:
            before = state.clone()
            operation.state_forwards("toys", state)
            operation.database_forwards("toys", editor, before, state)
        written = [str(statement) for statement in (*editor.collected_sql, *editor.deferred_sql)]
    return written, seen, state


@pytest.mark.django_db(databases=["default", "admin"])
def test_the_same_statements_are_written() -> None:
    ordinary, saw, _state = _apply(ProjectState())
    quick, saw_quickly, state = _apply(QuickState())
    assert any("CREATE TABLE" in statement and '"toys_lid"' in statement for statement in ordinary)
    assert any("toys_ball" in statement and "bigint" in statement for statement in ordinary)
    assert quick == ordinary
    assert saw_quickly == saw
    assert saw == [
        ["ball", "id", "name"],
        ["ball", "best", "id", "name"],
        ["ball", "best", "id", "lid", "name"],
        ["best", "id", "name", "sphere"],
    ]
    assert "ball" not in [name for _app, name in state.models]


def test_models_that_stand_are_kept_while_tables_are_added(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered = []
    state = QuickState()
    create_box, create_ball, add_index, add_constraint, *_rest = _operations([])
    create_box.state_forwards("toys", state)
    known = state.apps.get_model("toys", "Box")
    render = StateApps.render_multiple
    monkeypatch.setattr(
        StateApps,
        "render_multiple",
        lambda apps, states: (rendered.extend(each.name for each in states), render(apps, states)),
    )
    create_ball.state_forwards("toys", state)
    add_index.state_forwards("toys", state)
    add_constraint.state_forwards("toys", state)
    assert rendered == ["Ball"]
    assert state.apps.get_model("toys", "Box") is known
    options = state.apps.get_model("toys", "Ball")._meta
    assert [each.name for each in options.indexes] == ["toys_ball_size"]
    assert [each.name for each in options.constraints] == ["toys_ball_size_positive"]


def test_a_field_makes_only_its_own_model_anew() -> None:
    state = QuickState()
    create_box, create_ball, *_rest = _operations([])
    create_box.state_forwards("toys", state)
    create_ball.state_forwards("toys", state)
    box, ball = state.apps.get_model("toys", "Box"), state.apps.get_model("toys", "Ball")
    before = state.clone()
    migrations.AddField("Ball", "weight", models.IntegerField(default=1)).state_forwards("toys", state)
    heavier = state.apps.get_model("toys", "Ball")
    assert heavier is not ball
    assert state.apps.get_model("toys", "Box") is box
    assert "weight" in [field.name for field in heavier._meta.fields]
    assert "weight" not in [field.name for field in before.apps.get_model("toys", "Ball")._meta.fields]
    # Before models are worked with as a whole, all of them are made anew.
    state.clear_delayed_apps_cache()
    assert state.apps.get_model("toys", "Box") is not box
