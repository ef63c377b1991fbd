"""The rules of the house that a machine can hold."""

import ast
from pathlib import Path

import pytest

from quiz.config import ROOT, SETTINGS
from quiz.web.guards import PUBLIC
from tests import site
from tests.browser import Browser

QUIZ = ROOT / "quiz"
ROOMS = [path.parent for path in QUIZ.glob("*/routes.py")]
STDLIB_ONLY = ("quiz.domain",)


def imports_of(path: Path) -> set[str]:
    """Every module that a file imports, at its top or inside a function."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


def is_third_party(module: str) -> bool:
    import sys

    top = module.split(".")[0]
    return top not in sys.stdlib_module_names and top != "quiz"


@pytest.mark.parametrize("path", sorted(QUIZ.glob("domain/*.py")), ids=lambda path: path.stem)
def test_the_domain_imports_the_standard_library_and_itself(path):
    for module in imports_of(path):
        assert not is_third_party(module), module
        assert not module.startswith("quiz.") or module.startswith("quiz.domain"), module


@pytest.mark.parametrize("path", sorted(QUIZ.glob("models/*.py")), ids=lambda path: path.stem)
def test_models_import_sqlalchemy_and_the_domain(path):
    for module in imports_of(path):
        if module.startswith("quiz."):
            assert module.startswith(("quiz.models", "quiz.domain")), module
        elif is_third_party(module):
            assert module.split(".")[0] in ("sqlalchemy", "flask_sqlalchemy"), module


@pytest.mark.parametrize("path", sorted(QUIZ.glob("*/service.py")), ids=lambda p: p.parent.name)
def test_services_know_nothing_of_the_web(path):
    for module in imports_of(path):
        top = module.split(".")[0]
        assert not top.startswith(("flask", "werkzeug", "wtforms", "jinja2")), module
        assert not module.startswith("quiz.web"), module
        assert not module.endswith((".routes", ".forms")), module


@pytest.mark.parametrize("room", sorted(ROOMS), ids=lambda room: room.name)
def test_a_room_has_three_files_and_borrows_no_other_rooms_pages(room):
    files = {path.name for path in room.glob("*.py")} - {"__init__.py"}
    assert files <= {"routes.py", "forms.py", "service.py"}
    for path in room.glob("*.py"):
        for module in imports_of(path):
            parts = module.split(".")
            if len(parts) > 2 and parts[0] == "quiz" and parts[2] in ("routes", "forms"):
                assert parts[1] in (room.name, "web"), f"{path}: {module}"


def test_only_the_clock_reads_the_clock():
    readers = [
        str(path.relative_to(ROOT))
        for path in QUIZ.rglob("*.py")
        if "datetime.now(" in path.read_text() and path.name != "clock.py"
    ]

    assert readers == []


def test_every_page_that_is_not_listed_sends_a_stranger_to_sign_in(app):
    world = site.build(app)
    for endpoint, address in site.addresses(app, "GET", world.own).items():
        response = Browser(app).client.get(address)
        if endpoint not in PUBLIC:
            assert response.location.startswith("/sign-in?next="), endpoint


def test_every_setting_is_in_the_readme():
    readme = (ROOT / "README.md").read_text()

    for setting in SETTINGS:
        assert f"`{setting.name}`" in readme, setting.name
        assert setting.why.split(";")[0].rstrip(".") in readme.replace("\\|", "|"), setting.name


def test_no_default_secret():
    from quiz.config import BadSetting, settings_from

    with pytest.raises(BadSetting, match="SECRET_KEY is missing"):
        settings_from({})
    with pytest.raises(BadSetting, match="SECRET_KEY is missing"):
        settings_from({"SECRET_KEY": "short"})
