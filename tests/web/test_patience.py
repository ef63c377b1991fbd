"""Phones lose their network in the middle of a request."""

import socket


def test_P7_a_body_that_does_not_come_frees_its_thread(app):
    app.config["SILENCE_SECONDS"] = 0.2
    ours, phone = socket.socketpair()
    phone.sendall(b"staff_code=CB0")

    with ours, phone, ours.makefile("rb") as body:
        response = app.test_client().post(
            "/sign-in",
            content_type="application/x-www-form-urlencoded",
            environ_overrides={
                "CONTENT_LENGTH": "200",
                "gunicorn.socket": ours,
                "wsgi.input": body,
            },
        )

    assert response.status_code == 400


def test_P7_a_file_that_nobody_takes_frees_its_thread(app):
    ours, phone = socket.socketpair()

    with ours, phone:
        app.test_client().get(
            "/static/css/base.css", environ_overrides={"gunicorn.socket": ours}
        ).close()

        assert ours.gettimeout() == app.config["SILENCE_SECONDS"]
