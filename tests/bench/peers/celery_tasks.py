"""Celery as its users write it: a task per recipient, one post, one row for what came of it.

Runs in its own virtual environment, without anything of ours. As a module of `celery worker` it is
the workers; as a program, `celery_tasks.py MESSAGES`, it hands over the tasks, waits until all are
done and prints the CPU seconds of the handing over and the wall seconds of the whole.
"""

import os
import sqlite3
import sys
import time

import requests
from celery import Celery

DATABASE, URL = os.environ["PEER_DATABASE"], os.environ["PEER_URL"]
app = Celery("peer", broker=os.environ["PEER_REDIS"])
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True
held: dict = {}


def database() -> sqlite3.Connection:
    if "db" not in held:
        held["db"] = sqlite3.connect(DATABASE, timeout=30)
        held["db"].execute("PRAGMA synchronous=FULL")
    return held["db"]


@app.task(name="celery_tasks.send", acks_late=True)
def send(number: int) -> None:
    if "http" not in held:
        held["http"] = requests.Session()
        held["http"].trust_env = False
    body = {
        "recipient": {"id": f"b{number}"},
        "messaging_type": "UPDATE",
        "message": {"text": "Our doors open at nine.", "metadata": f"fl:{number}"},
    }
    answer = held["http"].post(
        URL, json=body, headers={"Authorization": "Bearer bench"}, timeout=30
    )
    with database() as db:
        db.execute(
            "UPDATE delivery SET state = 2, message_id = ?, sent_at = datetime('now') WHERE id = ?",
            (answer.json()["message_id"], number),
        )


def main(messages: int) -> None:
    while not app.control.ping(timeout=1):
        pass
    wall, cpu = time.monotonic(), time.process_time()
    for number in range(1, messages + 1):
        send.delay(number)
    cpu = time.process_time() - cpu
    left = "SELECT count(*) FROM delivery WHERE state <> 2"
    while database().execute(left).fetchone()[0]:
        time.sleep(0.2)
    print(cpu, time.monotonic() - wall, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
