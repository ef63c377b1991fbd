"""The lean reference: a plain good quiz of ten questions, 23 requests an attempt.

People who are signed in, questions in the database, one answer each, a score, a kept board of
agencies; all by the ORM. No form tokens, roles, journal, review policy or languages.
"""

import os

from flask import Flask, redirect, render_template_string, request, session
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

AGENCIES, PEOPLE, QUESTIONS, SHOWN = 300, 3_000, 10, 20


class Model(DeclarativeBase):
    """Base of the tables."""


app = Flask(__name__)
app.secret_key = "for-this-benchmark-only"  # noqa: S105
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["LEAN_DATABASE"]
db = SQLAlchemy(model_class=Model)
db.init_app(app)
login = LoginManager(app)


class Agency(Model):
    """An agency, and what its people have reached."""

    __tablename__ = "agency"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    runs: Mapped[int] = mapped_column(default=0)
    points: Mapped[int] = mapped_column(default=0, index=True)


class Person(UserMixin, Model):
    """Somebody who takes the quiz."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))


class Question(Model):
    """A question, its choices, and which of them is right."""

    __tablename__ = "question"
    id: Mapped[int] = mapped_column(primary_key=True)
    stem: Mapped[str]
    choices: Mapped[list[str]] = mapped_column(JSON)
    key: Mapped[int]


class Run(Model):
    """One attempt."""

    __tablename__ = "run"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    score: Mapped[int | None]


class Given(Model):
    """One answer."""

    __tablename__ = "given"
    __table_args__ = (UniqueConstraint("run_id", "question_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("question.id"))
    choice: Mapped[int]


QUESTION = """<!doctype html><title>Quiz</title><p>{{ current_user.name }}</p>
<h1>{{ question.id }}. {{ question.stem }}</h1><form method="post">
{% for choice in question.choices %}
<label><input type="radio" name="choice" value="{{ loop.index0 }}">{{ choice }}</label>
{% endfor %}<button>Next</button></form>"""
RESULT = "<!doctype html><title>Quiz</title><h1>{{ run.score }}</h1>"
BOARD = """<!doctype html><title>Quiz</title><table>{% for agency in agencies %}
<tr><td>{{ loop.index }}</td><td>{{ agency.name }}</td><td>{{ agency.points }}</td></tr>
{% endfor %}</table>"""

with app.app_context():
    Model.metadata.create_all(db.engine)
    db.session.add_all(Agency(id=n, name=f"Xã {n}") for n in range(1, AGENCIES + 1))
    db.session.flush()
    db.session.add_all(
        Person(id=n, name=f"Nguyễn Văn {n}", agency_id=1 + n % AGENCIES)
        for n in range(1, PEOPLE + 1)
    )
    db.session.add_all(
        Question(
            id=n,
            stem=f"Which of these belongs to digital transformation, number {n}?",
            choices=[f"What one could say of it, statement {choice}" for choice in range(4)],
            key=n % 4,
        )
        for n in range(1, QUESTIONS + 1)
    )
    db.session.commit()


@login.user_loader
def person(person_id: str) -> Person | None:
    """Who is there."""
    return db.session.get(Person, int(person_id))


@app.post("/sign-in/<int:person_id>")
def sign_in(person_id: int):
    """Without a password: what is measured is the attempt."""
    login_user(db.get_or_404(Person, person_id))
    return ""


@app.post("/start")
@login_required
def start():
    """A new run."""
    run = Run(person_id=current_user.id)
    db.session.add(run)
    db.session.commit()
    session["run"] = run.id
    return redirect("/question/1")


@app.route("/question/<int:number>", methods=["GET", "POST"])
@login_required
def question(number: int):
    """Show, then keep the answer, while the run has no score yet."""
    run = db.first_or_404(db.select(Run).filter_by(id=session["run"], score=None))
    if request.method == "POST":
        choice = int(request.form["choice"])
        db.session.add(Given(run_id=run.id, question_id=number, choice=choice))
        db.session.commit()
        return redirect(f"/question/{number + 1}" if number < QUESTIONS else "/result")
    return render_template_string(QUESTION, question=db.get_or_404(Question, number))


@app.post("/result")
@login_required
def result():
    """Score, keep the board, and show."""
    run = db.session.get(Run, session["run"])
    right = db.select(Given).join(Question).filter(Given.choice == Question.key)
    run.score = len(db.session.scalars(right.filter(Given.run_id == run.id)).all())
    agency = db.session.get(Agency, current_user.agency_id)
    agency.runs += 1
    agency.points += run.score
    db.session.commit()
    return render_template_string(RESULT, run=run)


@app.get("/board")
@login_required
def board():
    """The first agencies."""
    first = db.select(Agency).order_by(Agency.points.desc()).limit(SHOWN)
    return render_template_string(BOARD, agencies=db.session.scalars(first).all())
