# Every setting of a deployment; none has to be given. `example.tfvars` shows them with their reasons.

variable "name" {
  description = "What everything is named after. Two deployments in one account and Region need two names."
  type        = string
  default     = "matinee"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "name: 3 to 20 small letters, digits and dashes, beginning with a letter; bucket names are made of it."
  }
}

variable "region" {
  description = "The Region. Null: the one of your AWS profile or AWS_REGION."
  type        = string
  default     = null
}

variable "tags" {
  description = "Tags put on everything, beside Application."
  type        = map(string)
  default     = {}
}

# --- the packages ---------------------------------------------------------------------------------------------------

variable "package_dir" {
  description = "Where `make package` put api.zip and ingest.zip. Null: dist/ of this clone."
  type        = string
  default     = null
}

variable "web_dir" {
  description = "Where `make package` put the built pages. Null: web/dist of this clone."
  type        = string
  default     = null
}

variable "architecture" {
  description = "What the functions run on: arm64 costs a fifth less; x86_64 needs `make package TARGET=x86_64`."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture: arm64 or x86_64, the one the packages were made for."
  }
}

# --- who may watch and publish --------------------------------------------------------------------------------------

variable "oidc" {
  description = "Another OpenID Connect issuer than the Cognito user pool that is made here. Its access tokens carry the scopes assets:read, assets:write, playback:issue, playback:delegate, insight:read, audit:read and spending:approve, after `scope_prefix`, in `scope` or `scp`."
  type = object({
    issuer                 = string
    client_id              = string
    audience               = optional(list(string))
    authorization_endpoint = optional(string)
    token_endpoint         = optional(string)
    end_session_endpoint   = optional(string)
    scope_prefix           = optional(string, "")
  })
  default = null

  validation {
    condition     = var.oidc == null || can(regex("^https://", var.oidc.issuer))
    error_message = "oidc.issuer: the https address under which /.well-known/openid-configuration is found."
  }

  validation {
    condition     = var.oidc == null || can(regex("^[!-~]*$", var.oidc.scope_prefix))
    error_message = "oidc.scope_prefix: printable ASCII characters without spaces."
  }
}

variable "open_links" {
  description = "For a demonstration: `GET /?key=` answers without sign-in, so that anybody can have a link to any plain object of the bucket. inbox/, sources/, streams/, web/ and work/ stay closed."
  type        = bool
  default     = false
}

variable "playback_ttl_seconds" {
  description = "A playback token's life when none is asked for."
  type        = number
  default     = 3600

  validation {
    condition     = var.playback_ttl_seconds >= 1 && var.playback_ttl_seconds <= 86400 && floor(var.playback_ttl_seconds) == var.playback_ttl_seconds
    error_message = "playback_ttl_seconds: a whole number from 1 to 86400."
  }
}

variable "playback_max_ttl_seconds" {
  description = "The longest life of a playback token. The key before the last verifies at least so long."
  type        = number
  default     = 21600

  validation {
    condition     = var.playback_max_ttl_seconds >= 1 && var.playback_max_ttl_seconds <= 86400 && floor(var.playback_max_ttl_seconds) == var.playback_max_ttl_seconds
    error_message = "playback_max_ttl_seconds: a whole number from 1 to 86400."
  }

  validation {
    condition     = var.playback_max_ttl_seconds >= var.playback_ttl_seconds
    error_message = "playback_max_ttl_seconds: playback_ttl_seconds or more."
  }
}

variable "session_seconds" {
  description = "How long a playback session can be renewed."
  type        = number
  default     = 86400

  validation {
    condition     = var.session_seconds >= 60 && var.session_seconds <= 31536000 && floor(var.session_seconds) == var.session_seconds
    error_message = "session_seconds: a whole number from 60 to 31536000, which is a year."
  }
}

variable "sessions_per_viewer" {
  description = "How many sessions of one named viewer may live at once; a new one ends the oldest. 0: any number."
  type        = number
  default     = 0

  validation {
    condition     = var.sessions_per_viewer >= 0 && var.sessions_per_viewer <= 1000 && floor(var.sessions_per_viewer) == var.sessions_per_viewer
    error_message = "sessions_per_viewer: a whole number from 0 to 1000; 0 is any number."
  }
}

variable "gate_mode" {
  description = "enforce, or while Matinee is put before players that have no tokens yet log: what would be denied is written to the gate's log and served. Everybody who knows a film's address can watch it then."
  type        = string
  default     = "enforce"

  validation {
    condition     = contains(["enforce", "log"], var.gate_mode)
    error_message = "gate_mode: enforce or log."
  }
}

variable "public_assets" {
  description = "Ids of films that anybody may watch who has an address of theirs: a trailer, say. 20 at most."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.public_assets) <= 20 && alltrue([for id in var.public_assets : can(regex("^ast_[0-9a-z]{20}$", id))])
    error_message = "public_assets: up to 20 ids such as ast_0123456789abcdefghjk."
  }
}

variable "audit_days" {
  description = "Days it is remembered who opened, renewed and revoked which session."
  type        = number
  default     = 90

  validation {
    condition     = var.audit_days >= 1 && var.audit_days <= 3650 && floor(var.audit_days) == var.audit_days
    error_message = "audit_days: a whole number from 1 to 3650."
  }
}

variable "key_rotation_days" {
  description = "How often a new signing key comes."
  type        = number
  default     = 30

  validation {
    condition     = var.key_rotation_days >= 1 && var.key_rotation_days <= 365 && floor(var.key_rotation_days) == var.key_rotation_days
    error_message = "key_rotation_days: a whole number from 1 to 365; the key before must outlive the longest token (playback_max_ttl_seconds)."
  }
}

variable "key_settle_seconds" {
  description = "How long a new key lies at the edge before tokens are signed with it; CloudFront says seconds."
  type        = number
  default     = 60

  validation {
    condition     = var.key_settle_seconds >= 0 && var.key_settle_seconds <= 90 && floor(var.key_settle_seconds) == var.key_settle_seconds
    error_message = "key_settle_seconds: a whole number from 0 to 90."
  }
}

# --- ingest ---------------------------------------------------------------------------------------------------------

variable "codecs" {
  description = "What films are encoded in: h264, and beside it hevc, av1 or both."
  type        = list(string)
  default     = ["h264"]

  validation {
    condition     = length(setsubtract(var.codecs, ["h264", "hevc", "av1"])) == 0
    error_message = "codecs: of h264, hevc and av1."
  }
}

variable "limit_minutes_a_month" {
  description = "Minutes of film that are ingested in a month (UTC) without asking; a film beyond waits for a person to approve it, and nothing is spent. 0: no limit."
  type        = number
  default     = 0

  validation {
    condition     = var.limit_minutes_a_month >= 0 && var.limit_minutes_a_month <= 10000000 && floor(var.limit_minutes_a_month) == var.limit_minutes_a_month
    error_message = "limit_minutes_a_month: a whole number of minutes, or 0 for no limit."
  }
}

variable "limit_hours_stored" {
  description = "Hours of film the library holds before a further film waits in the same way. 0: no limit."
  type        = number
  default     = 0

  validation {
    condition     = var.limit_hours_stored >= 0 && var.limit_hours_stored <= 1000000 && floor(var.limit_hours_stored) == var.limit_hours_stored
    error_message = "limit_hours_stored: a whole number of hours, or 0 for no limit."
  }
}

variable "limit_usd_a_film" {
  description = "Dollars the ingest of one film may cost before it waits in the same way. 0: no limit."
  type        = number
  default     = 0

  validation {
    condition     = var.limit_usd_a_film >= 0 && var.limit_usd_a_film <= 100000 && floor(var.limit_usd_a_film * 1000000) == var.limit_usd_a_film * 1000000
    error_message = "limit_usd_a_film: dollars such as 2.50, with six decimals at most; 0 for no limit."
  }
}

variable "encode_memory_mb" {
  description = "Memory of the function that encodes a chunk; 1,769 MB are one processor. 3008 is the most a new account may have, and enough for 4K in H.264; HEVC or AV1 of 4K films beside it take 5120 or more."
  type        = number
  default     = 3008

  validation {
    condition     = var.encode_memory_mb >= 1769 && var.encode_memory_mb <= 10240 && floor(var.encode_memory_mb) == var.encode_memory_mb
    error_message = "encode_memory_mb: a whole number from 1769 to 10240."
  }
}

variable "encode_at_once" {
  description = "Chunks encoded at once. New accounts may run fewer functions than this; Lambda's throttling is then waited for."
  type        = number
  default     = 400

  validation {
    condition     = var.encode_at_once >= 1 && var.encode_at_once <= 10000 && floor(var.encode_at_once) == var.encode_at_once
    error_message = "encode_at_once: a whole number from 1 to 10000, the most a Distributed Map runs."
  }
}

variable "copy_at_once" {
  description = "Functions that at once write out what a film can be watched by until its ladder is ready, each up to 96 MiB for a second or two. Films over 40 GB start sooner with 900, where the account runs so many beside the encoders."
  type        = number
  default     = 400

  validation {
    condition     = var.copy_at_once >= 1 && var.copy_at_once <= 900 && floor(var.copy_at_once) == var.copy_at_once
    error_message = "copy_at_once: a whole number from 1 to 900, which leaves a hundred of an account's thousand functions to the API."
  }
}

variable "cors_origins" {
  description = "Other sites whose pages may call the API from a browser, with a token of their own. Films' files need no entry, nor does embedding."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.cors_origins : can(regex("^https?://[a-z0-9.-]+(:[0-9]+)?$", origin))])
    error_message = "cors_origins: origins in lower case and without a path, such as https://www.example.org."
  }
}

variable "share_max_days" {
  description = "The longest life of a share link, in days; 30 when none is asked for."
  type        = number
  default     = 365

  validation {
    condition     = var.share_max_days >= 1 && var.share_max_days <= 3650 && floor(var.share_max_days) == var.share_max_days
    error_message = "share_max_days: a whole number from 1 to 3650."
  }
}

variable "upload_days" {
  description = "Days an unfinished upload is kept."
  type        = number
  default     = 7

  validation {
    condition     = var.upload_days >= 1 && var.upload_days <= 365 && floor(var.upload_days) == var.upload_days
    error_message = "upload_days: a whole number from 1 to 365."
  }
}

variable "webhook_allow_cidrs" {
  description = "Networks of yours that webhooks may lead to, though they are private or local. A function outside of a VPC reaches none."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for each in var.webhook_allow_cidrs : try(cidrhost(each, 0) == split("/", each)[0], false)])
    error_message = "webhook_allow_cidrs: networks by their first address, such as 203.0.113.0/24."
  }
}

variable "event_days" {
  description = "Days that events and what webhooks were told are kept, and can be told again."
  type        = number
  default     = 30

  validation {
    condition     = var.event_days >= 2 && var.event_days <= 365 && floor(var.event_days) == var.event_days
    error_message = "event_days: a whole number from 2 to 365: an event is tried for one day."
  }
}

variable "insight_days" {
  description = "Days that what was watched is kept: sums by asset and day, of nobody in particular."
  type        = number
  default     = 400

  validation {
    condition     = var.insight_days >= 1 && var.insight_days <= 3650 && floor(var.insight_days) == var.insight_days
    error_message = "insight_days: a whole number from 1 to 3650."
  }
}

variable "viewer_hours" {
  description = "Hours that the hash of a viewer and the name of a view are kept. A view that was paused for longer counts as a new one; under 24, who comes back on the same day may count as another viewer."
  type        = number
  default     = 48

  validation {
    condition     = var.viewer_hours >= 1 && var.viewer_hours <= 8760 && floor(var.viewer_hours) == var.viewer_hours
    error_message = "viewer_hours: a whole number from 1 to 8760."
  }
}

variable "quality_minutes" {
  description = "Minutes that it is kept how each film plays, in sums of five minutes, of nobody in particular; the last twenty are what `matinee insight --now` and its alarm look at."
  type        = number
  default     = 60

  validation {
    condition     = var.quality_minutes >= 20 && var.quality_minutes <= 10080 && floor(var.quality_minutes) == var.quality_minutes
    error_message = "quality_minutes: a whole number from 20 to 10080."
  }
}

variable "link_ttl_seconds" {
  description = "Life of a link to one object and of a part's link, when none is asked for. It ends sooner with the credentials it was signed by."
  type        = number
  default     = 3600

  validation {
    condition     = var.link_ttl_seconds >= 1 && var.link_ttl_seconds <= 604800 && floor(var.link_ttl_seconds) == var.link_ttl_seconds
    error_message = "link_ttl_seconds: a whole number from 1 to 604800."
  }
}

variable "link_max_ttl_seconds" {
  description = "The longest life of a link to one object."
  type        = number
  default     = 43200

  validation {
    condition     = var.link_max_ttl_seconds >= 1 && var.link_max_ttl_seconds <= 604800 && floor(var.link_max_ttl_seconds) == var.link_max_ttl_seconds
    error_message = "link_max_ttl_seconds: a whole number from 1 to 604800."
  }

  validation {
    condition     = var.link_max_ttl_seconds >= var.link_ttl_seconds
    error_message = "link_max_ttl_seconds: link_ttl_seconds or more."
  }
}

# --- where viewers reach it -----------------------------------------------------------------------------------------

variable "domain" {
  description = "Your own domain for pages and films, with its certificate in us-east-1 (CloudFront takes no other). Null: the name CloudFront gives."
  type        = object({ name = string, certificate_arn = string })
  default     = null

  validation {
    condition     = var.domain == null || can(regex(":acm:us-east-1:", var.domain.certificate_arn))
    error_message = "domain.certificate_arn: a certificate of AWS Certificate Manager in us-east-1."
  }

  validation {
    condition     = var.domain == null || can(regex("^[a-z0-9-]+([.][a-z0-9-]+)+$", var.domain.name))
    error_message = "domain.name: a bare host such as films.example.org, without https:// and without a path."
  }
}

variable "price_class" {
  description = "How far CloudFront reaches: PriceClass_100 (Europe, North America), PriceClass_200, PriceClass_All."
  type        = string
  default     = "PriceClass_100"

  validation {
    condition     = contains(["PriceClass_100", "PriceClass_200", "PriceClass_All"], var.price_class)
    error_message = "price_class: PriceClass_100, PriceClass_200 or PriceClass_All."
  }
}

variable "geo_restriction" {
  description = "Countries (ISO 3166-1 alpha-2) that alone may watch (whitelist), or may not (blacklist)."
  type        = object({ type = string, countries = list(string) })
  default     = { type = "none", countries = [] }

  validation {
    condition     = contains(["none", "whitelist", "blacklist"], var.geo_restriction.type)
    error_message = "geo_restriction.type: none, whitelist or blacklist."
  }

  validation {
    condition     = (var.geo_restriction.type == "none") == (length(var.geo_restriction.countries) == 0) && alltrue([for each in var.geo_restriction.countries : can(regex("^[A-Z]{2}$", each))])
    error_message = "geo_restriction.countries: two capital letters each, such as [\"DE\", \"AT\"]; none with the type none."
  }
}

variable "web_acl_arn" {
  description = "A WAF web ACL (scope CLOUDFRONT, in us-east-1) before the distribution. It is billed by the month."
  type        = string
  default     = null

  validation {
    condition     = var.web_acl_arn == null || can(regex("^arn:[a-z-]+:wafv2:us-east-1:[0-9]+:global/webacl/", var.web_acl_arn))
    error_message = "web_acl_arn: the ARN of a web ACL of WAF (v2) with scope CLOUDFRONT; such are made in us-east-1."
  }
}

variable "requests_per_second" {
  description = "The API's rate limit, all callers together; twice that in a burst."
  type        = number
  default     = 50

  validation {
    condition     = var.requests_per_second >= 1 && var.requests_per_second <= 10000 && floor(var.requests_per_second) == var.requests_per_second
    error_message = "requests_per_second: a whole number from 1 to 10000, which is what an account has at first."
  }
}

variable "caller_requests_per_minute" {
  description = "Requests of one signed-in caller in a minute; half of what all callers together have by requests_per_second. 0: any number."
  type        = number
  default     = 1500

  validation {
    condition     = var.caller_requests_per_minute >= 0 && var.caller_requests_per_minute <= 1000000 && floor(var.caller_requests_per_minute) == var.caller_requests_per_minute
    error_message = "caller_requests_per_minute: a whole number from 0 to 1000000; 0 is any number."
  }
}

variable "address_requests_per_minute" {
  description = "The same for one address without sign-in: renewals, beacons, share links; a viewer makes some three a minute. 0: any number."
  type        = number
  default     = 3000

  validation {
    condition     = var.address_requests_per_minute >= 0 && var.address_requests_per_minute <= 1000000 && floor(var.address_requests_per_minute) == var.address_requests_per_minute
    error_message = "address_requests_per_minute: a whole number from 0 to 1000000; 0 is any number."
  }
}

variable "wrong_tries" {
  description = "Wrong passwords for one share link from one address in ten minutes. 0: any number."
  type        = number
  default     = 20

  validation {
    condition     = var.wrong_tries >= 0 && var.wrong_tries <= 10000 && floor(var.wrong_tries) == var.wrong_tries
    error_message = "wrong_tries: a whole number from 0 to 10000; 0 is any number."
  }
}

# --- keeping and ending ---------------------------------------------------------------------------------------------

variable "replica_region" {
  description = "A second Region that keeps a copy of streams/ and web/, from which CloudFront serves while the first fails. It doubles the storage. Null: none."
  type        = string
  default     = null

  validation {
    condition     = var.replica_region == null || (can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.replica_region)) && var.replica_region != var.region)
    error_message = "replica_region: another Region than the first, such as eu-west-1."
  }
}

variable "table_name" {
  description = "The catalog's table, when it is one that was restored from another (docs/operate.md). Null: the deployment's name."
  type        = string
  default     = null

  validation {
    condition     = var.table_name == null || can(regex("^[A-Za-z0-9_.-]{3,255}$", var.table_name))
    error_message = "table_name: 3 to 255 letters, digits, `_`, `.` and `-`."
  }
}

variable "noncurrent_days" {
  description = "Days a deleted or overwritten object can still be brought back."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_days >= 1 && var.noncurrent_days <= 3650 && floor(var.noncurrent_days) == var.noncurrent_days
    error_message = "noncurrent_days: a whole number from 1 to 3650."
  }
}

variable "purge_deleted" {
  description = "Whether deleting an asset also removes old versions of its objects at once, so that nothing can be brought back. false: they go after noncurrent_days. With replica_region the copy's go after noncurrent_days in any case."
  type        = bool
  default     = false
}

variable "asset_days" {
  description = "Days after which an asset is deleted, unless it has an end of its own. 0: none is."
  type        = number
  default     = 0

  validation {
    condition     = var.asset_days >= 0 && var.asset_days <= 36500 && floor(var.asset_days) == var.asset_days
    error_message = "asset_days: a whole number of days, or 0 for no end."
  }
}

variable "keep_sources" {
  description = "Whether originals are kept once their films are ready. Without them no film can be ingested again."
  type        = bool
  default     = true
}

variable "stall_percent" {
  description = "From this share of the time on, in percent, for which a film stood still within a quarter of an hour, the alarm viewers-complain rings."
  type        = number
  default     = 5

  validation {
    condition     = var.stall_percent >= 1 && var.stall_percent <= 100 && floor(var.stall_percent) == var.stall_percent
    error_message = "stall_percent: a whole number from 1 to 100."
  }
}

variable "log_days" {
  description = "Days logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_days)
    error_message = "log_days: a number CloudWatch knows, such as 7, 14, 30, 90, 180 or 365."
  }
}

variable "destroy_everything" {
  description = "Whether `terraform destroy` may take films, catalog, accounts and keys with it. Apply with true first; nothing brings them back."
  type        = bool
  default     = false
}

variable "alarm_email" {
  description = "Who hears of alarms and of the budget. AWS sends a mail to be confirmed. Null: nobody; the alarms are in CloudWatch."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null || can(regex("^[^@ ]+@[^@ ]+$", var.alarm_email))
    error_message = "alarm_email: one mail address."
  }
}

variable "monthly_budget_usd" {
  description = "What a month may cost before somebody hears of it (at 80 % and when the forecast is over). 0: no budget."
  type        = number
  default     = 50

  validation {
    condition     = var.monthly_budget_usd >= 0
    error_message = "monthly_budget_usd: dollars, or 0 for no budget."
  }
}

variable "tracing" {
  description = "Whether functions send traces to X-Ray."
  type        = bool
  default     = true
}
