"""What routes may call, built once by `app.py` and handed to every one of them."""

from dataclasses import dataclass

from limner.accounts.accounts import Accounts
from limner.catalog.load import Catalog
from limner.db.base import Database
from limner.files.artifacts import Artifacts
from limner.files.files import Files
from limner.files.inputs import Inputs
from limner.files.links import Links
from limner.files.uploads import Uploads
from limner.generation.connections import Connections
from limner.generation.following import Following
from limner.generation.price_versions import PriceVersions
from limner.generation.readying import Readying
from limner.generation.runner import Runner
from limner.generation.tariff import Tariffs
from limner.generation.values import Vocabulary
from limner.guards.guards import Guards
from limner.in_flight import InFlight
from limner.jobs.jobs import Jobs
from limner.jobs.repeats import Repeats
from limner.jobs.replies import Replies
from limner.jobs.request_log import RequestLog
from limner.jobs.usage import Usage
from limner.ledger.ledger import Ledger
from limner.ledger.losses import Losses
from limner.metrics.metrics import Metrics
from limner.metrics.scraping import Scraping
from limner.plans.plans import Plans
from limner.settings import Settings
from limner.vault import Vault
from limner.webhooks.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    database: Database
    in_flight: InFlight
    accounts: Accounts
    ledger: Ledger
    losses: Losses
    plans: Plans
    jobs: Jobs
    artifacts: Artifacts
    files: Files
    uploads: Uploads
    inputs: Inputs
    readying: Readying
    links: Links
    catalog: Catalog
    vocabulary: Vocabulary
    prices: PriceVersions
    tariffs: Tariffs
    guards: Guards
    connections: Connections
    runner: Runner
    repeats: Repeats
    replies: Replies
    following: Following
    requests: RequestLog
    usage: Usage
    webhooks: Webhooks
    vault: Vault
    metrics: Metrics
    scraping: Scraping
