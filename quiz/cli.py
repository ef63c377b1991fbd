"""The console: `flask init`, `bank`, `people`, `demo`, `board`, `scores`, `sweep`, `clock`."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

import click
from flask import Flask, current_app, url_for
from flask.cli import AppGroup
from flask_migrate import Migrate, upgrade

from quiz.bank.service import changed_items, preview
from quiz.domain.bank import Bank
from quiz.domain.bank_files import BankFaults, load
from quiz.domain.bank_lint import lint
from quiz.models import db
from quiz.web import clock
from quiz.web.bank import bank
from quiz.web.clock import now, step

MIGRATIONS = Path(__file__).parent / "migrations"

bank_group = AppGroup("bank", help="The question bank.")
people_group = AppGroup("people", help="People and their first sign-in.")
demo_group = AppGroup("demo", help="The demonstration province.")
board_group = AppGroup("board", help="The leaderboards.")
scores_group = AppGroup("scores", help="Proof that scores are right.")
clock_group = AppGroup("clock", help="The server's time.")


def init_app(app: Flask) -> None:
    """Make the commands known to `flask`."""
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=False)
    app.cli.add_command(init)
    app.cli.add_command(sweep)
    for group in (bank_group, people_group, demo_group, board_group, scores_group, clock_group):
        app.cli.add_command(group)


@click.command()
def init() -> None:
    """Create or upgrade the database; does nothing when it is up to date."""
    upgrade()


@click.command()
@click.option("--every", type=int, help="Go on for ever, with this many seconds between.")
def sweep(every: int | None) -> None:
    """End overdue attempts, grade what is saved, and let cards learn what may be known.

    Does nothing while the clock is off.
    """
    from quiz.grading import service as grading
    from quiz.memory import service as memory

    alarmed = False
    while True:
        off = step()
        if off and not alarmed:
            grading.note_clock_step(off, now())
            click.echo(
                f"The server's clock was set by {off:+.0f} s, so no attempt is ended. "
                "Set it right, or accept it: `flask clock accept`, then restart every process.",
                err=True,
            )
        alarmed = bool(off)
        settled = 0 if off else grading.sweep(now())
        if not off:
            memory.absorb(now())
        if settled or not every:
            click.echo(f"{settled} attempts settled")
        if not every:
            return
        time.sleep(every)


@bank_group.command("check")
@click.argument("folder", required=False, type=click.Path(exists=True, path_type=Path))
def bank_check(folder: Path | None) -> None:
    """Name every fault of the bank, also where an old code asks something new. Exit 1 if any."""
    found = _load_or_exit(folder or current_app.config["QUESTIONS"])
    _exit_on(changed_items(found))
    click.echo(f"{len(found.lessons)} lessons, {len(found.items)} items, no faults")


@bank_group.command("lint")
@click.argument("folder", required=False, type=click.Path(exists=True, path_type=Path))
def bank_lint(folder: Path | None) -> None:
    """Name every item that breaks a rule of item writing, and what to do. Exit 1 if any."""
    found = _load_or_exit(folder or current_app.config["QUESTIONS"])
    _exit_on(lint(found))
    click.echo(f"{len(found.items)} items, no faults")


@bank_group.command("preview")
@click.argument("code")
def bank_preview(code: str) -> None:
    """Show an item, or every item of a lesson, as a learner sees it, then its key."""
    found = bank()
    items = found.lessons[code].items if code in found.lessons else [found.items.get(code)]
    for item in items:
        if item is None:
            raise click.ClickException(f"{code}: no such item or lesson")
        click.echo(preview(item) + "\n")


def _load_or_exit(folder: Path) -> Bank:
    try:
        return load(folder)
    except BankFaults as faults:
        _exit_on(faults.faults)
        raise


def _exit_on(faults: list[str]) -> None:
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        click.echo(f"{len(faults)} faults", err=True)
        sys.exit(1)


@bank_group.command("export")
@click.option("--json", "as_json", is_flag=True, required=True, help="As JSON, with the keys.")
def bank_export(as_json: bool) -> None:
    """Print the whole bank with its counts; it holds the keys, so mind where it goes."""
    exported = load(current_app.config["QUESTIONS"])
    kinds: dict[str, int] = {}
    for item in exported.items.values():
        kinds[item.kind] = kinds.get(item.kind, 0) + 1
    document = {
        "counts": {
            "lessons": len(exported.lessons),
            "items": len(exported.items),
            "kinds": kinds,
        },
        "sources": {code: asdict(source) for code, source in exported.sources.items()},
        "lessons": [asdict(lesson) for lesson in exported.lessons.values()],
    }
    click.echo(json.dumps(document, ensure_ascii=False, indent=1))


@people_group.command("add-organiser")
@click.argument("staff_code")
@click.argument("full_name")
def add_organiser(staff_code: str, full_name: str) -> None:
    """Make a person organiser of the whole province and print a one-time link (15 minutes)."""
    from quiz.accounts import service as accounts

    token = accounts.add_organiser(staff_code, full_name, now())
    with current_app.test_request_context():
        path = url_for("accounts.invitation", token=token)
    click.echo(f"Open this address once, within 15 minutes: {path}")


@people_group.command("issue-codes")
@click.argument("agency_code")
def issue_codes(agency_code: str) -> None:
    """Print a one-time code for everybody of an agency who has no password yet, as CSV."""
    from quiz.accounts import service as accounts

    for staff_code, full_name, code in accounts.issue_codes(agency_code, now()):
        click.echo(f"{staff_code},{full_name},{code}")


@demo_group.command("load")
def demo_load() -> None:
    """Fill an empty database with the demonstration province; else do nothing."""
    from quiz.demo import service as demo

    click.echo(demo.load(bank(), current_app.config["SECRET_KEY"], now()))


@demo_group.command("accounts")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def demo_accounts(as_json: bool) -> None:
    """Print one sign-in for each role, with passwords made for this installation."""
    from quiz.demo import service as demo

    accounts = demo.accounts(current_app.config["SECRET_KEY"])
    if as_json:
        click.echo(json.dumps(accounts, ensure_ascii=False, indent=1))
        return
    for account in accounts:
        click.echo(f"{account['role']:<12} {account['staff_code']:<10} {account['password']}")


@board_group.command("rebuild")
@click.argument("campaign", required=False)
def board_rebuild(campaign: str | None) -> None:
    """Recompute standings from the attempts; changes nothing on a healthy database."""
    from quiz.standings import service as standings

    changed = standings.rebuild(campaign)
    click.echo(f"{changed} rows changed")


@board_group.command("export")
@click.argument("campaign")
@click.option("--csv", "as_csv", is_flag=True, required=True, help="As CSV.")
def board_export(campaign: str, as_csv: bool) -> None:
    """Print the board of agencies of one campaign."""
    from quiz.leaderboards import service as leaderboards

    click.echo(leaderboards.export_csv(campaign), nl=False)


@scores_group.command("verify")
@click.argument("attempt_id", required=False)
@click.option("--all", "every", is_flag=True, help="Every graded attempt.")
def scores_verify(attempt_id: str | None, every: bool) -> None:
    """Recompute scores from the journal of saves and the items as they were seen.

    Names every attempt whose stored answers, marks or score differ. Exit 1 if any.
    """
    from quiz.results import service as results

    if bool(attempt_id) == every:
        raise click.UsageError("Give an attempt, or --all.")
    outcomes = list(results.verify(attempt_id))
    if attempt_id and not outcomes:
        raise click.ClickException(f"{attempt_id}: no such graded attempt")
    _exit_on([difference for difference in outcomes if difference])
    click.echo(f"{len(outcomes)} attempts verified, no differences")


@clock_group.command("accept")
def clock_accept() -> None:
    """Let every process that starts from now on believe the machine's clock as it is set."""
    clock.accept()
    click.echo("Accepted. Now restart every process of the app, the sweeper too.")
