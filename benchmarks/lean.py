"""A lean quiz: ten questions, plain ORM, no tokens, no roles, no journal."""

import os

from flask import Flask, redirect, render_template_string, request, session
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Model(DeclarativeBase):
    """Base of the two tables."""


app = Flask(__name__)
app.secret_key = "for-this-benchmark-only"  # noqa: S105
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["LEAN_DATABASE"]
db = SQLAlchemy(model_class=Model)
db.init_app(app)


class Run(Model):
    """One attempt."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(primary_key=True)
    score: Mapped[int | None]


class Given(Model):
    """One answer."""

    __tablename__ = "given"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(index=True)
    number: Mapped[int]
    choice: Mapped[int]


PAGE = """<!doctype html><title>Quiz</title><h1>Question {{ number }}</h1><form method="post">
{% for n in range(4) %}
<label><input type="radio" name="choice" value="{{ n }}">Choice {{ n }}</label>
{% endfor %}<button>Next</button></form>"""

with app.app_context():
    Model.metadata.create_all(db.engine)


@app.post("/start")
def start():
    """A new run."""
    run = Run()
    db.session.add(run)
    db.session.commit()
    session["run"] = run.id
    return redirect("/question/1")


@app.route("/question/<int:number>", methods=["GET", "POST"])
def question(number: int):
    """Show, then keep the answer."""
    run = db.session.get(Run, session["run"])
    if request.method == "POST":
        choice = int(request.form["choice"])
        db.session.add(Given(run_id=run.id, number=number, choice=choice))
        db.session.commit()
        return redirect(f"/question/{number + 1}" if number < 10 else "/result")
    return render_template_string(PAGE, number=number)


@app.route("/result", methods=["GET", "POST"])
def result():
    """Score and show."""
    run = db.session.get(Run, session["run"])
    given = db.session.scalars(db.select(Given).filter_by(run_id=run.id)).all()
    if request.method == "POST":
        run.score = sum(one.choice == 0 for one in given)
        db.session.commit()
    return render_template_string("<h1>{{ run.score }}</h1>", run=run)
