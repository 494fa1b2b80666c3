"""What a channel and its parts are called on each platform, and how one gets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from webapp.domain.event import INSTAGRAM, MESSENGER, WHATSAPP
from webapp.domain.wording import Sentence, say


@dataclass(frozen=True)
class Words:
    """`steps`: how to come by the id and the token; `menu`: where the webhook is entered."""

    tab: str  # as the platform writes itself, in every language
    name: Sentence
    connect: Sentence
    practise: Sentence
    key: Sentence
    where: Sentence
    token: Sentence
    rate: Sentence
    menu: Sentence
    practice: Sentence
    steps: tuple[Sentence, ...]


COPY = say("Copy the app secret from App settings, Basic.")
NEXT = say(
    "Connect here. The next page shows the callback address and the verify token for the app's "
    "webhooks."
)
WORDS: Mapping[str, Words] = {
    MESSENGER: Words(
        tab="Messenger",
        name=say("Facebook Page"),
        connect=say("Connect a Page"),
        practise=say("Add a practice Page"),
        key=say("Page id"),
        where=say("Digits only. In the Page's settings: About, Page transparency."),
        token=say("Page access token"),
        rate=say("Above 40 the Page's inbox stops showing what is sent."),
        menu=say("Messenger, API settings, Webhooks"),
        practice=say(
            "This Page lives in the simulator. People of the simulator read, answer and opt out "
            "like real ones; nothing leaves this installation."
        ),
        steps=(
            say(
                "Make an app of the type Business at developers.facebook.com, and add the product "
                "Messenger to it."
            ),
            say(
                "Under Messenger, API settings, connect your Page and generate a token. It needs "
                "the permissions pages_messaging, pages_manage_metadata and pages_show_list."
            ),
            COPY,
            NEXT,
            say(
                "Until the app has passed review for pages_messaging, it reaches only people with "
                "a role in the app."
            ),
        ),
    ),
    INSTAGRAM: Words(
        tab="Instagram",
        name=say("Instagram account"),
        connect=say("Connect an Instagram account"),
        practise=say("Add a practice account"),
        key=say("Account id"),
        where=say("Digits only, not the name people see. Your app shows it beside the token."),
        token=say("Access token"),
        rate=say("The platform takes up to 300 texts a second; fewer are kinder to the inbox."),
        menu=say("Instagram, API setup, Webhooks"),
        practice=say(
            "This account lives in the simulator. People of the simulator read, answer and opt "
            "out like real ones; nothing leaves this installation."
        ),
        steps=(
            say(
                "Make an app of the type Business at developers.facebook.com, and add the product "
                "Instagram to it."
            ),
            say(
                "Connect your professional account there and generate a token; with a Page linked "
                "to the account, the Page's token serves as well."
            ),
            say("In the Instagram app, allow connected tools to access messages."),
            COPY,
            NEXT,
        ),
    ),
    WHATSAPP: Words(
        tab="WhatsApp",
        name=say("WhatsApp number"),
        connect=say("Connect a WhatsApp number"),
        practise=say("Add a practice number"),
        key=say("Phone number id"),
        where=say("Digits only, and not the number itself. In your app: WhatsApp, API setup."),
        token=say("Access token"),
        rate=say("A number carries 80 at first; above that the platform asks us to wait."),
        menu=say("WhatsApp, Configuration, Webhook"),
        practice=say(
            "This number lives in the simulator. People of the simulator read, answer and opt "
            "out like real ones; nothing leaves this installation."
        ),
        steps=(
            say(
                "Make an app of the type Business at developers.facebook.com, and add the product "
                "WhatsApp to it."
            ),
            say(
                "Under WhatsApp, API setup, add your number. The page shows the phone number id "
                "and the WhatsApp business account id."
            ),
            say(
                "Generate a lasting token for a system user of your business; it needs the "
                "permissions whatsapp_business_messaging and whatsapp_business_management."
            ),
            COPY,
            NEXT,
        ),
    ),
}
