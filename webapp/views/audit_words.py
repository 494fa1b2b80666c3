"""The audit log's actions in words."""

from __future__ import annotations

from collections.abc import Mapping

from webapp.domain.wording import Sentence, say

ACTIONS: Mapping[str, Sentence] = {
    "brand.create": say("made the brand"),
    "brand.edit": say("changed the brand"),
    "brand.house_rules": say("changed the quiet hours or the cap of the brand"),
    "brand.practice": say("made the practice brand"),
    "brand.budget": say("changed the budget of the brand"),
    "broadcast.suggestion": say("kept the time of broadcast %(id)s"),
    "broadcast.alarm": say("has read how changed rules touch broadcast %(id)s"),
    "broadcast.approve": say("approved broadcast %(id)s"),
    "broadcast.ask": say("asked for approval of broadcast %(id)s"),
    "broadcast.cancel": say("cancelled broadcast %(id)s"),
    "broadcast.create": say("made broadcast %(id)s"),
    "broadcast.delete": say("deleted broadcast %(id)s"),
    "broadcast.drill": say("had the sender of broadcast %(id)s killed, as a drill"),
    "broadcast.struck": say("killed itself in the middle of broadcast %(id)s, as a drill"),
    "broadcast.duplicate": say("made broadcast %(id)s from another one"),
    "broadcast.edit": say("changed broadcast %(id)s"),
    "broadcast.exempt": say("exempted broadcast %(id)s from the brand's cap"),
    "broadcast.exempt_end": say("ended the exemption of broadcast %(id)s from the brand's cap"),
    "broadcast.finish": say("finished broadcast %(id)s"),
    "broadcast.miss": say("marked broadcast %(id)s as missed"),
    "broadcast.miss_turns": say("skipped people whose time broadcast %(id)s had missed"),
    "broadcast.pause": say("paused broadcast %(id)s"),
    "broadcast.plan": say("planned broadcast %(id)s"),
    "broadcast.resume": say("resumed broadcast %(id)s"),
    "broadcast.move_run": say("moved one of the times of broadcast %(id)s"),
    "broadcast.restore_run": say("put a skipped time of broadcast %(id)s back"),
    "broadcast.see_run": say("has read that a time of broadcast %(id)s was missed"),
    "broadcast.skip_run": say("skipped one of the times of broadcast %(id)s"),
    "broadcast.schedule": say("scheduled broadcast %(id)s"),
    "broadcast.retry": say("asked those who failed in broadcast %(id)s once more"),
    "broadcast.retry_undo": say("took back asking those who failed in broadcast %(id)s once more"),
    "broadcast.send_back": say("sent broadcast %(id)s back"),
    "broadcast.start": say("started broadcast %(id)s"),
    "broadcast.test": say("sent a test of broadcast %(id)s"),
    "broadcast.unschedule": say("took broadcast %(id)s off the schedule"),
    "campaign.archive": say("put campaign %(id)s away"),
    "campaign.create": say("made campaign %(id)s"),
    "campaign.edit": say("changed campaign %(id)s"),
    "campaign.move": say("moved campaign %(id)s"),
    "channel.connect": say("connected channel %(id)s"),
    "channel.edit": say("changed channel %(id)s"),
    "channel.reconnect": say("gave channel %(id)s a new token"),
    "channel.resume": say("let channel %(id)s send again"),
    "channel.stop": say("stopped channel %(id)s"),
    "channel.test": say("tested channel %(id)s and found its token dead"),
    "delivery.settle": say("settled delivery %(id)s"),
    "engagement.share": say("made a link to the engagement page"),
    "import.check": say("had import %(id)s checked"),
    "import.discard": say("threw import %(id)s away"),
    "import.done": say("finished import %(id)s"),
    "import.pause": say("paused import %(id)s"),
    "import.reread": say("chose how import %(id)s is read"),
    "import.resume": say("resumed import %(id)s"),
    "import.undo": say("had import %(id)s undone"),
    "import.undone": say("finished undoing import %(id)s"),
    "import.threads": say("had the conversations of a channel brought in as import %(id)s"),
    "import.upload": say("uploaded import %(id)s"),
    "import.run": say("ran import %(id)s"),
    "member.add": say("added person %(id)s to the brand"),
    "member.link": say("made a sign-in link for person %(id)s"),
    "member.remove": say("took person %(id)s out of the brand"),
    "member.role": say("changed the role of person %(id)s"),
    "moment.add": say("added moment %(id)s"),
    "moment.remove": say("took moment %(id)s away"),
    "plan.copy": say("copied a year's plan into the next"),
    "segment.archive": say("put segment %(id)s away"),
    "segment.create": say("made segment %(id)s"),
    "segment.edit": say("changed segment %(id)s"),
    "segment.freeze": say("froze segment %(id)s"),
    "segment.rename": say("renamed segment %(id)s"),
    "segment.thaw": say("thawed segment %(id)s"),
    "reply.text": say("changed the confirmation of a stop or start"),
    "reply.turn": say("turned the confirmation of stops and starts on or off"),
    "subscriber.receipt": say("took out the receipt of consent of subscriber %(id)s"),
    "subscriber.bulk": say("wrote down many subscribers"),
    "subscriber.created": say("wrote down subscriber %(id)s"),
    "subscriber.edit": say("changed subscriber %(id)s"),
    "subscriber.erase": say("erased subscriber %(id)s"),
    "subscriber.export_list": say("exported a list of subscribers"),
    "subscriber.export": say("exported subscriber %(id)s"),
    "subscriber.stop": say("stopped messages to subscriber %(id)s"),
    "subscriber.tag": say("tagged subscribers"),
    "subscriber.unchanged": say("named subscriber %(id)s, as known already"),
    "subscriber.untag": say("took a tag off subscriber %(id)s"),
    "subscriber.untag_list": say("took a tag off a list of subscribers"),
    "subscriber.updated": say("brought subscriber %(id)s up to date"),
    "target.edit": say("changed a target"),
    "template.submit": say("sent template %(id)s to the platform's review"),
    "token.create": say("made API token %(id)s"),
    "token.revoke": say("revoked API token %(id)s"),
    "word.add": say("added an own word for stop or start"),
    "word.remove": say("took an own word for stop or start away"),
    "topic.add": say("made topic %(id)s"),
    "topic.archive": say("put topic %(id)s away"),
    "topic.edit": say("changed topic %(id)s"),
}
DOORS: Mapping[str, Sentence] = {
    "web": say("in the browser"),
    "api": say("through the API"),
    "cli": say("on the command line"),
    "job": say("by itself"),
    "platform": say("by the platform, for the person"),
}


def sentence(action: str, noun_id: int | None) -> Sentence:
    """`approved broadcast 7`; an action without words keeps its name."""
    known = ACTIONS.get(action)
    if known is None:
        return Sentence("%(action)s %(id)s", {"action": action, "id": str(noun_id or "")})
    return Sentence(known.text, {"id": str(noun_id or "")})


def door(name: str) -> Sentence:
    return DOORS.get(name, Sentence(name))
