# Every setting with its default. Copy it to terraform.tfvars, keep the lines you change, and say there why.

# What everything is named after. Two deployments in one account and Region need two names.
# name = "matinee"

# The Region. Null: the one of your AWS profile or AWS_REGION.
# region = null

# Tags put on everything, beside Application.
# tags = {}

# --- the packages

# Where `make package` put api.zip and ingest.zip. Null: dist/ of this clone.
# package_dir = null

# Where `make package` put the built pages. Null: web/dist of this clone.
# web_dir = null

# What the functions run on: arm64 costs a fifth less; x86_64 needs `make package TARGET=x86_64`.
# architecture = "arm64"

# --- who may watch and publish

# Another OpenID Connect issuer than the Cognito user pool that is made here. Its access tokens carry the scopes
# assets:read, assets:write, playback:issue, playback:delegate, insight:read, audit:read and spending:approve, after
# `scope_prefix`, in `scope` or `scp`.
# oidc = null

# For a demonstration: `GET /?key=` answers without sign-in, so that anybody can have a link to any plain object of
# the bucket. sources/, streams/ and work/ stay closed.
# open_links = false

# A playback token's life when none is asked for.
# playback_ttl_seconds = 3600

# The longest life of a playback token. The key before the last verifies at least so long.
# playback_max_ttl_seconds = 21600

# How long a playback session can be renewed.
# session_seconds = 86400

# How many sessions of one named viewer may live at once; a new one ends the oldest. 0: any number.
# sessions_per_viewer = 0

# enforce, or while Matinee is put before players that have no tokens yet log: what would be denied is written to the
# gate's log and served. Everybody who knows a film's address can watch it then.
# gate_mode = "enforce"

# Ids of films that anybody may watch who has an address of theirs: a trailer, say. 20 at most.
# public_assets = []

# Days it is remembered who opened, renewed and revoked which session.
# audit_days = 90

# How often a new signing key comes.
# key_rotation_days = 30

# How long a new key lies at the edge before tokens are signed with it; CloudFront says seconds.
# key_settle_seconds = 60

# --- ingest

# What films are encoded in: h264, and beside it hevc, av1 or both.
# codecs = ["h264"]

# Minutes of film that are ingested in a month (UTC) without asking; a film beyond waits for a person to approve it, and
# nothing is spent. 0: no limit.
# limit_minutes_a_month = 0

# Hours of film the library holds before a further film waits in the same way. 0: no limit.
# limit_hours_stored = 0

# Dollars the ingest of one film may cost before it waits in the same way. 0: no limit.
# limit_usd_a_film = 0

# Memory of the function that encodes a chunk; 1,769 MB are one processor. 3008 is the most a new account may have, and
# enough for 4K in H.264; HEVC or AV1 of 4K films beside it take 5120 or more.
# encode_memory_mb = 3008

# Chunks encoded at once. New accounts may run fewer functions than this; Lambda's throttling is then waited for.
# encode_at_once = 400

# Other sites whose pages may call the API from a browser, with a token of their own. Films' files need no entry, nor does
# embedding.
# cors_origins = []

# Functions that at once write out what a film can be watched by until its ladder is ready, each up to 96 MiB for a
# second or two. Films over 40 GB start sooner with 900, where the account runs so many beside the encoders.
# copy_at_once = 400

# The longest life of a share link, in days; 30 when none is asked for.
# share_max_days = 365

# Days an unfinished upload is kept.
# upload_days = 7

# Networks of yours that webhooks may lead to, though they are private or local. A function outside of a VPC reaches none.
# webhook_allow_cidrs = []

# Days that events and what webhooks were told are kept, and can be told again.
# event_days = 30

# Days that what was watched is kept: sums by asset and day, of nobody in particular.
# insight_days = 400

# Hours that the hash of a viewer and the name of a view are kept. A view that was paused for longer counts as a new one;
# under 24, who comes back on the same day may count as another viewer.
# viewer_hours = 48

# Minutes that it is kept how each film plays, in sums of five minutes, of nobody in particular; the last twenty are what
# `matinee insight --now` and its alarm look at.
# quality_minutes = 60

# Life of a link to one object and of a part's link, when none is asked for. It ends sooner with the credentials it was
# signed by.
# link_ttl_seconds = 3600

# The longest life of a link to one object.
# link_max_ttl_seconds = 43200

# --- where viewers reach it

# Your own domain for pages and films, with its certificate in us-east-1 (CloudFront takes no other). Null: the name
# CloudFront gives.
# domain = null

# How far CloudFront reaches: PriceClass_100 (Europe, North America), PriceClass_200, PriceClass_All.
# price_class = "PriceClass_100"

# Countries (ISO 3166-1 alpha-2) that alone may watch (whitelist), or may not (blacklist).
# geo_restriction = { type = "none", countries = [] }

# A WAF web ACL (scope CLOUDFRONT, in us-east-1) before the distribution. It is billed by the month.
# web_acl_arn = null

# The API's rate limit, all callers together; twice that in a burst.
# requests_per_second = 50

# Requests of one signed-in caller in a minute; half of what all callers together have by requests_per_second. 0: any number.
# caller_requests_per_minute = 1500

# The same for one address without sign-in: renewals, beacons, share links; a viewer makes some three a minute. 0: any number.
# address_requests_per_minute = 3000

# Wrong passwords for one share link from one address in ten minutes. 0: any number.
# wrong_tries = 20

# --- keeping and ending

# A second Region that keeps a copy of streams/ and web/, from which CloudFront serves while the first fails. It doubles
# the storage. Null: none.
# replica_region = null

# The catalog's table, when it is one that was restored from another.
# table_name = null

# Days a deleted or overwritten object can still be brought back.
# noncurrent_days = 30

# Whether deleting an asset also removes old versions of its objects at once, so that nothing can be brought back. false:
# they go after noncurrent_days. With replica_region the copy's go after noncurrent_days in any case.
# purge_deleted = false

# Days after which an asset is deleted, unless it has an end of its own. 0: none is.
# asset_days = 0

# Whether originals are kept once their films are ready. Without them no film can be ingested again.
# keep_sources = true

# From this share of the time on, in percent, for which a film stood still within a quarter of an hour, the alarm
# viewers-complain rings.
# stall_percent = 5

# Days logs are kept.
# log_days = 30

# Whether `terraform destroy` may take films, catalog, accounts and keys with it. Apply with true first; nothing
# brings them back.
# destroy_everything = false

# Who hears of alarms and of the budget. AWS sends a mail to be confirmed. Null: nobody; the alarms are in
# CloudWatch.
# alarm_email = null

# What a month may cost before somebody hears of it (at 80 % and when the forecast is over). 0: no budget.
# monthly_budget_usd = 50

# Whether functions send traces to X-Ray.
# tracing = true
