"""The sender: claim, commit, ask the platform, record. One of it on SQLite, many on PostgreSQL,
where a channel is with one of them at a time (`channel_shares`).

A turn collects replies, and before the running wave of 0.1 s is over it writes them down in one
transaction, claims the next wave of each run in another and hands its requests to the transport at
their slots. Between the claim and the record no transaction is open. Replies not yet written down
and claims not yet asked are together no more than a wave, so a process that dies leaves at most its
requests in flight and one wave claimed; `recovering` makes those unknown. A process that slept too
long finds its lease gone and lets go.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session

from webapp.db import EVERY_BRAND
from webapp.domain import rate
from webapp.domain.schedule import PUNCTUAL
from webapp.house import House
from webapp.platforms.transport import Transport
from webapp.services import claiming, halting, missed_turns, missing, recovering, standing
from webapp.services.channel_keys import ChannelKeys
from webapp.services.channel_shares import Shares
from webapp.services.channels import Outside
from webapp.services.claims import Claim
from webapp.services.evenness import Evenness
from webapp.services.hand import Hand
from webapp.services.hearing import Hearing
from webapp.services.posting import Post
from webapp.services.recording import Outcome
from webapp.services.unread import Unread
from webapp.services.unwritten import Unwritten
from webapp.services.wave_sizes import BURST, LEAST_ROOM, MOST_IN_FLIGHT, WaveSizes
from webapp.store import rates, workers
from webapp.store.occurrences import Standing

FULL = timedelta(milliseconds=25)  # between waves that took all the room: the next is no crumb
WRITE_WITHIN = timedelta(milliseconds=100)  # after a reply: one wave, where no claim comes first
SET_BACK = timedelta(seconds=1)  # a clock that loses more was set; less is drift being mended
BEAT = timedelta(seconds=2)
STALE = timedelta(seconds=1)  # a claim not asked by then is given back, not sent late
POLL_S = 0.02
IDLE_S = 0.1
IDLE = timedelta(seconds=IDLE_S)
DRAIN_S = 35.0  # longer than a request's timeout


@dataclass
class Sender:
    """One sending process. Belongs to the thread that made it."""

    house: House
    transport: Transport = field(default_factory=Transport)
    worker_id: int = 0
    hearing: Hearing = field(init=False)
    post: Post = field(init=False)
    beaten_at: datetime | None = None
    hand: Hand = field(default_factory=Hand)
    evenness: Evenness = field(default_factory=Evenness)
    shares: Shares = field(default_factory=Shares)
    sizes: WaveSizes = field(default_factory=WaveSizes)  # of a wave, by experience
    keys: ChannelKeys = field(init=False)
    look_further: set[int] = field(default_factory=set)
    not_before: dict[int, datetime] = field(default_factory=dict)  # by run: no slot until then
    heard: Unwritten = field(default_factory=Unwritten)
    look_at: datetime | None = None  # for rows to claim
    turned_at: datetime | None = None
    identity: str = ""  # of the database, beside the mark of what was sent from here
    unread: Unread = field(default_factory=Unread)

    def __post_init__(self) -> None:
        house = self.house
        self.hearing = Hearing(house.platforms)
        outside = Outside(house.platforms, house.vault, house.settings, self.transport.call)
        self.keys = ChannelKeys(outside)
        self.post = Post(house.platforms, self.transport, self.keys, self.hearing)

    def enter(self) -> None:
        """Take a fresh fence. On SQLite we are the only sender: earlier ones are dead."""
        house, now = self.house, self.house.clock.now()
        with self.house.db.writer(EVERY_BRAND) as session:
            if self.beaten_at is None or not house.settings.test_clock:
                missing.after_silence(session, now)  # a test's clock that leaps is no downtime
            self.worker_id = workers.enter(session, socket.gethostname(), os.getpid(), now)
            if self.house.db.is_sqlite:
                for worker in workers.others_alive(session, self.worker_id):
                    recovering.bury(session, worker, now)
            self.identity = halting.watch(session, self.house.settings.instance, now)
            self.unread.begin(session)
            session.commit()
        self.shares.begin(self.worker_id)
        self.beaten_at = now

    def turn(self) -> float:
        """One round; returns how many seconds the caller may rest before the next."""
        self._notice_clock(now := self.house.clock.now())
        alive = self._alive(now)
        self.turned_at = now  # not before: while the database is away nothing goes on either
        if not alive:
            return 0.0
        self._collect(now)
        now = self.house.clock.now()
        if self._room() >= LEAST_ROOM and (self.look_at is None or now >= self.look_at):
            self._write_down()  # first: what was heard may stop what would be claimed
            self.hand.passing = self._submit_due()  # not later by the time of a claim as well
            self._claim_all(self.house.clock.now())
        elif self._must_write_down(now):
            self._write_down()
        self._submit_due()
        return 0.0 if self.transport.in_flight else self._patience(self.house.clock.now(), IDLE_S)

    def _room(self) -> int:
        return MOST_IN_FLIGHT - self.post.flying - len(self.hand.ready)

    def leave(self) -> None:
        """Stop well: nothing new is claimed, replies in flight are awaited and recorded."""
        self._give_all_back()
        until = self.house.clock.now() + timedelta(seconds=DRAIN_S)
        while self.transport.in_flight and self.house.clock.now() < until:
            self._collect(self.house.clock.now(), wait_s=0.5)
            self._write_down()
        self._write_down()
        with self.house.db.writer(EVERY_BRAND) as session:
            rates.let_go(session, self.worker_id, self.house.clock.now())
            recovering.bury_id(session, self.worker_id, self.house.clock.now())
            session.commit()
        self.transport.close()

    def _alive(self, now: datetime) -> bool:
        """Renew the lease now and then; without it, drop everything and begin again."""
        if self.beaten_at is not None and now - self.beaten_at < BEAT:
            return True
        with self.house.db.writer(EVERY_BRAND) as session:
            session.connection()  # waits for its turn to write; what time it is comes after
            alive = workers.beat(session, self.worker_id, self.house.clock.now())
            session.commit()
        if not alive:
            self.hand.drop_all()
            self.heard.clear()
            self.enter()
        self.beaten_at = now
        return alive

    def _notice_clock(self, now: datetime) -> None:
        """A clock set back: our slots are far ahead now and are given back. One that leapt, or a
        database away: whose turn by their own clock lay in between is not written to hours late."""
        before = self.turned_at or now
        if now < before - SET_BACK:
            halting.set_back(self.house.settings.instance, self.identity, now)
            self._give_all_back()
            self.evenness.forget()
            self.not_before.clear()
            self.beaten_at = self.look_at = None
        elif self._leapt(before, now):
            missed_turns.skip_after_leap(self.house.db, self.worker_id, before, now)

    def _leapt(self, before: datetime, now: datetime) -> bool:
        return now > before + PUNCTUAL and not self.house.settings.test_clock

    def _collect(self, now: datetime, wait_s: float = POLL_S) -> None:
        if replies := self.transport.poll(self._patience(now, wait_s)):
            self._hear(self.post.outcomes(replies, self.house.clock.now()))

    def _hear(self, outcomes: Iterable[Outcome]) -> None:
        self.heard.hear(outcomes, self.house.clock.now())

    def _must_write_down(self, now: datetime) -> bool:
        """In time, and at once what stops more than its own row."""
        if not self.heard.outcomes:
            return False
        waits = self.transport.in_flight or self.hand.ready
        return not waits or self.heard.urgent or self.heard.has_waited(WRITE_WITHIN, now)

    def _write_down(self) -> None:
        if self.heard.outcomes:
            with self.house.db.writer(EVERY_BRAND) as session:
                self.heard.record(session, self.worker_id, self.house.clock.now())
                session.commit()
            self.heard.clear()

    def _patience(self, now: datetime, wait_s: float) -> float:
        """Seconds until the next thing that is ours to do, `wait_s` at most."""
        due = [self.hand.ready[0].slot] if self.hand.ready else []
        due += [self.heard.since + WRITE_WITHIN] if self.heard.outcomes and self.heard.since else []
        due += [self.look_at or now] if self._room() >= LEAST_ROOM else []
        return max(0.0, min([wait_s, *((moment - now).total_seconds() for moment in due)]))

    def _claim_all(self, now: datetime) -> None:
        """A wave of every run that is ours, and when to look again. What was claimed for one is
        asked before the next is looked at; answers wait for one wave: then the rest come first."""
        with self.house.db.reader(EVERY_BRAND) as session:
            runs = self.shares.runs(session, now) if self.unread.is_over(session) else []
        for run_id in sorted(runs, key=lambda it: self.not_before.get(it, rates.EPOCH)):
            self._claim_wave(run_id, self.house.clock.now())
            self._submit_due()
            if self.house.clock.now() > now + WRITE_WITHIN:
                break
        soonest = min((self.not_before.get(run_id, now) for run_id in runs), default=now + IDLE)
        self.look_at = min(soonest, now + IDLE)

    def _claim_wave(self, run_id: int, now: datetime) -> None:
        room = min(self._room(), self.sizes.most)
        if room <= 0 or now < self.not_before.get(run_id, now):
            return
        self.not_before[run_id] = now + IDLE
        if (wave := self._committed_wave(run_id, room)) is None:
            return
        if wave.again_at is not None or wave.skipped:
            self.not_before[run_id] = wave.again_at or now
        if len(wave.claims) >= room:
            self.not_before[run_id] = max(self.not_before[run_id], now + FULL)
        self.hand.put_off(run_id, wave)
        (self.look_further.add if wave.skipped else self.look_further.discard)(run_id)
        self.hand.line_up(self.post.line_up(wave))
        self._mark_sent(wave)  # may fail on a full disk: these then miss their slots, unasked

    def _committed_wave(self, run_id: int, room: int) -> claiming.Wave | None:
        """None where nothing may be claimed."""
        with self.house.db.writer(EVERY_BRAND) as session:
            stands = self._standing(session, run_id)
            now = self.house.clock.now()  # slots begin after the wait for other senders
            if stands is None or self._leapt(self.turned_at or now, now):
                return None  # after a leap the next turn looks whose turn was missed, and claims
            wave = self._wave(session, stands, room, now)
            try:
                session.commit()
            except BaseException:  # it may have happened all the same: then the new ones are ours
                self._hear(Outcome(claim, None) for claim in self.hand.new(wave))
                raise
        self.sizes.learn_lead(self.house.clock.now() - now)
        return wave

    def _standing(self, session: Session, run_id: int) -> Standing | None:
        """Of a run of which something may be claimed; its channel's senders wait for our commit."""
        stands = standing.of(session, run_id, now := self.house.clock.now())
        if stands is None or not self.keys.open(session, stands.channel, now):
            return None
        tat = rates.hold(session, stands.channel.id or 0, self.worker_id)
        return None if tat and rate.is_held(tat, self.house.clock.now()) else stands

    def _wave(self, session: Session, stands: Standing, room: int, now: datetime) -> claiming.Wave:
        run_id, channel_id = stands.run.id or 0, stands.channel.id or 0
        wave = claiming.claim(
            session, stands.run, stands.broadcast, stands.channel, self.worker_id,
            self.house.book, now, room=room, look_further=run_id in self.look_further,
            usage=self.hearing.used(channel_id, now), overdue=self.hand.overdue_of(run_id),
            lead=self.sizes.lead, held=self.hand.held(run_id, channel_id),
        )  # fmt: skip
        self.evenness.keep(channel_id, stands.channel.rate_per_second, wave.together)
        return wave

    def _mark_sent(self, wave: claiming.Wave) -> None:
        """Outside the database: an older copy of it must not send this wave again."""
        if wave.claims:
            last = max(claim.slot for claim in wave.claims)
            halting.mark(self.house.settings.instance, self.identity, last)

    def _submit_due(self) -> Sequence[Claim]:
        """What was asked, and is on its way. Replies taken now and then free their connections."""
        asked, before = list[Claim](), len(self.hand.overdue)
        while self.hand.ready and self.hand.ready[0].slot <= (now := self.house.clock.now()):
            claims = self.post.take_next(self.hand.ready)
            if now > claims[0].last_moment + rate.GRACE:
                self.hand.overdue += claims
                continue
            if (opens_at := self.evenness.opens_at(claims, now)) > now:
                self.hand.line_up([claim._replace(slot=opens_at) for claim in claims])
                continue
            self.evenness.ask(claims, now)
            if refused := self.post.hand_over(claims):
                self._hear(refused)
            asked += claims
            if len(asked) % BURST < len(claims):
                self._collect(now, wait_s=0.0)
        if asked:  # or they would leave together with what comes next
            self._collect(self.house.clock.now(), wait_s=0.0)
        self.sizes.learn_most(len(asked), len(self.hand.overdue) - before)
        if stale := self.hand.drop_stale(self.house.clock.now() - STALE):
            self._give_back(stale)
        return asked

    def _give_all_back(self) -> None:
        """Out of our hands first: what could not be written down must not be asked as well."""
        self._give_back(self.hand.drop_all())

    def _give_back(self, claims: Iterable[Claim]) -> None:
        """Never asked, so certainly not sent: back to the queue, if they are still ours."""
        self._hear([Outcome(claim, None) for claim in claims])
        self._write_down()
