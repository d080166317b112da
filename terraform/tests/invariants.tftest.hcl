# What must stay true of every plan, held without an account: the provider is mocked. `package_dir` and `web_dir` are
# given by who runs it (tests/rehearsal/test_invariants.py).

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{}" }
  }

  mock_resource "aws_apigatewayv2_api" {
    defaults = { execution_arn = "arn:aws:execute-api:eu-central-1:123456789012:abc", api_endpoint = "https://abc.execute-api.eu-central-1.amazonaws.com" }
  }

  mock_resource "aws_lambda_invocation" {
    defaults = { result = "{\"kid\": \"key_mock\"}" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-central-1:123456789012:function:mock", invoke_arn = "arn:aws:apigateway:eu-central-1:lambda:path/mock" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mock" }
  }

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mock", bucket_regional_domain_name = "mock.s3.eu-central-1.amazonaws.com" }
  }

  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:eu-central-1:123456789012:table/mock" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:123456789012:mock" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:mock" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:mock" }
  }

  mock_resource "aws_cloudfront_distribution" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:distribution/MOCK", domain_name = "mock.cloudfront.net" }
  }

  mock_resource "aws_cloudfront_function" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:function/mock" }
  }

  mock_resource "aws_cloudfront_key_value_store" {
    defaults = { arn = "arn:aws:cloudfront::123456789012:key-value-store/mock" }
  }

  mock_resource "aws_secretsmanager_secret" {
    defaults = { arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:mock" }
  }

  mock_resource "aws_cognito_user_pool" {
    defaults = { id = "eu-central-1_mock", arn = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/mock", endpoint = "cognito-idp.eu-central-1.amazonaws.com/mock" }
  }

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-central-1:123456789012:rule/mock" }
  }
}

mock_provider "aws" {
  alias = "replica"

  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::replica", bucket_regional_domain_name = "replica.s3.eu-west-1.amazonaws.com" }
  }
}

run "as_it_comes" {
  command = apply

  # A new account can apply it.

  assert {
    condition = alltrue([
      for memory_mb in [
        module.api.memory_mb, module.claims[0].memory_mb, module.encode.memory_mb, module.events.memory_mb,
        module.ingest.memory_mb, module.link.memory_mb, module.rotate_keys.memory_mb, module.sender.memory_mb,
        module.start_ingest.memory_mb, module.upkeep.memory_mb,
      ] : memory_mb <= 3008
    ])
    error_message = "A function has more memory than a new account may give it."
  }

  # Nothing is public.

  assert {
    condition = alltrue([
      for block in [aws_s3_bucket_public_access_block.media, aws_s3_bucket_public_access_block.packages] :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ])
    error_message = "A bucket may be made public."
  }

  assert {
    condition     = one(aws_s3_bucket_ownership_controls.media.rule).object_ownership == "BucketOwnerEnforced"
    error_message = "Objects may carry access lists of their own."
  }

  assert {
    condition     = one(aws_s3_bucket_versioning.media.versioning_configuration).status == "Enabled"
    error_message = "What is overwritten is lost."
  }

  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.media.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "The bucket is not encrypted as said."
  }

  # Films are behind the gate.

  assert {
    condition = [
      for behaviour in aws_cloudfront_distribution.site.ordered_cache_behavior : behaviour.path_pattern
      if behaviour.target_origin_id == "streams"
    ] == ["/t/*"]
    error_message = "streams/ is reached by another path than /t/*."
  }

  assert {
    condition     = one(aws_cloudfront_distribution.site.default_cache_behavior).target_origin_id == "pages"
    error_message = "The default behaviour reaches something else than the pages."
  }

  assert {
    condition = alltrue([
      for behaviour in aws_cloudfront_distribution.site.ordered_cache_behavior :
      length(behaviour.function_association) == 1 if behaviour.target_origin_id == "streams"
    ])
    error_message = "/t/* is not gated."
  }

  assert {
    condition = alltrue([
      for origin in aws_cloudfront_distribution.site.origin :
      contains(["/streams", "/web"], origin.origin_path) && origin.origin_access_control_id != "" if origin.origin_id != "api"
    ])
    error_message = "An origin reaches the bucket without a path or a signature."
  }

  assert {
    condition     = alltrue([for behaviour in aws_cloudfront_distribution.site.ordered_cache_behavior : behaviour.viewer_protocol_policy == "https-only"])
    error_message = "A token or a credential may travel without TLS."
  }

  assert {
    condition = alltrue([
      for behaviour in concat(aws_cloudfront_distribution.site.default_cache_behavior, [for each in aws_cloudfront_distribution.site.ordered_cache_behavior : each if each.target_origin_id == "streams"]) :
      behaviour.compress
      ]) && alltrue([
      for keyed in aws_cloudfront_cache_policy.objects.parameters_in_cache_key_and_forwarded_to_origin :
      keyed.enable_accept_encoding_brotli && keyed.enable_accept_encoding_gzip
    ])
    error_message = "Pages and playlists are sent uncompressed."
  }

  assert {
    condition     = keys(aws_s3_object.page) == ["index.html"]
    error_message = "The compressed forms of a page, which are for one machine, are stored too."
  }

  assert {
    condition     = one(one(aws_cloudfront_cache_policy.objects.parameters_in_cache_key_and_forwarded_to_origin).query_strings_config).query_string_behavior == "none"
    error_message = "Query strings reach the bucket."
  }

  assert {
    condition     = aws_cloudfront_cache_policy.api.default_ttl == 0 && aws_cloudfront_cache_policy.api.max_ttl <= 1
    error_message = "Answers of the API are kept."
  }

  assert {
    condition     = length(aws_cloudfront_distribution.site.custom_error_response) == 0 && length(aws_cloudfront_distribution.site.logging_config) == 0
    error_message = "Error pages turn the API's answers into HTML, and access logs keep tokens."
  }

  assert {
    condition = [
      for rule in aws_s3_bucket_lifecycle_configuration.media.rule : one(rule.noncurrent_version_expiration).noncurrent_days
      if try(one(rule.filter).prefix, "") == "inbox/"
    ] == [1]
    error_message = "What was taken in from the inbox stays there as an old version for more than a day."
  }

  # Every route has its scope.

  assert {
    condition = alltrue([
      for route in aws_apigatewayv2_route.guarded :
      route.authorization_type == "JWT" && length(route.authorization_scopes) == 1
    ])
    error_message = "A guarded route asks for no scope."
  }

  assert {
    condition     = aws_apigatewayv2_route.link.authorization_type == "JWT"
    error_message = "Links are open though nobody asked for it."
  }

  assert {
    condition = keys(aws_apigatewayv2_route.open) == [
      "GET /embed/{share_id}", "GET /healthz", "GET /oembed", "GET /openapi.json", "GET /s/{share_id}",
      "GET /v1/shares/{share_id}", "GET /v1/shares/{share_id}/poster",
      "POST /v1/beacons", "POST /v1/playback/{session_id}/renew", "POST /v1/shares/{share_id}/open",
    ]
    error_message = "A route is open that should not be."
  }

  assert {
    condition     = !can(regex("identity|[pP]ath|querystring", one(aws_apigatewayv2_stage.default.access_log_settings).format))
    error_message = "The access log keeps who asked, or what a path or a query holds."
  }

  # People do not sign themselves up.

  assert {
    condition     = one(aws_cognito_user_pool.people[0].admin_create_user_config).allow_admin_create_user_only
    error_message = "Anybody may sign up."
  }

  assert {
    condition     = aws_cognito_user_pool_client.pages[0].allowed_oauth_flows == toset(["code"]) && aws_cognito_user_pool_client.pages[0].generate_secret == false
    error_message = "The client may do more than the code flow."
  }

  # Nothing is lost by accident.

  assert {
    condition     = aws_dynamodb_table.catalog.deletion_protection_enabled && one(aws_dynamodb_table.catalog.point_in_time_recovery).enabled
    error_message = "The catalog can be lost."
  }

  assert {
    condition     = !aws_s3_bucket.media.force_destroy && aws_cognito_user_pool.people[0].deletion_protection == "ACTIVE"
    error_message = "A destroy takes films or people with it."
  }

  assert {
    condition     = length(local.purge) == 0 && length(local.purge_inbox) == 0
    error_message = "A function can end what could be brought back, though nobody asked for that."
  }

  assert {
    condition     = length(flatten([for each in values(local.figures) : each.metrics])) + sum([for each in values(local.vitals) : length(each.metrics)]) < 50
    error_message = "A dashboard of fifty metrics or more is billed."
  }

  # Every death of a run rings.

  assert {
    condition = alltrue([
      for name in ["runs-failed", "runs-timed-out", "runs-aborted", "runs-waiting", "viewers-complain", "dead-letters", "errors-ingest", "errors-encode", "errors-start-ingest", "errors-upkeep", "errors-rotate-keys"] :
      contains(keys(aws_cloudwatch_metric_alarm.alarm), name)
    ])
    error_message = "A run can die unheard."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.alarm : length(alarm.alarm_actions) == 1])
    error_message = "An alarm tells nobody."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.alarm["dead-letters"].dimensions.QueueName == aws_sqs_queue.dead_letters.name && aws_cloudwatch_metric_alarm.alarm["dead-letters"].threshold == 0
    error_message = "Nobody looks at the dead letters."
  }

  assert {
    condition     = one(aws_cloudwatch_event_target.stored.dead_letter_config).arn == aws_sqs_queue.dead_letters.arn && one(one(aws_lambda_function_event_invoke_config.start_ingest.destination_config).on_failure).destination == aws_sqs_queue.dead_letters.arn
    error_message = "An event that nobody could take is lost."
  }

  assert {
    condition     = length(aws_budgets_budget.month[0].notification) == 2
    error_message = "Nobody hears of a month that costs more than it may."
  }

  assert {
    condition     = length(aws_apigatewayv2_api.api.cors_configuration) == 0
    error_message = "Another site's pages may call the API, though none is listed."
  }
}

run "everything_goes_when_it_is_asked_to" {
  command = plan

  variables {
    destroy_everything = true
    purge_deleted      = true
  }

  assert {
    condition     = contains(local.purge.Purge.actions, "s3:DeleteObjectVersion") && length(local.purge.Purge.resources) == 3
    error_message = "Old versions are not ended though it was asked for."
  }

  assert {
    condition     = contains(local.purge_inbox.PurgeTaken.actions, "s3:DeleteObjectVersion") && endswith(one(local.purge_inbox.PurgeTaken.resources), "/inbox/*")
    error_message = "A film that was taken in stays in the inbox as an old version."
  }

  assert {
    condition     = aws_s3_bucket.media.force_destroy && !aws_dynamodb_table.catalog.deletion_protection_enabled && aws_secretsmanager_secret.keys.recovery_window_in_days == 0
    error_message = "A destroy would leave something behind."
  }
}

run "another_issuer_makes_no_pool" {
  command = plan

  variables {
    oidc = { issuer = "https://login.example.org", client_id = "matinee", token_endpoint = "https://login.example.org/token" }
  }

  assert {
    condition     = length(aws_cognito_user_pool.people) == 0 && one(aws_apigatewayv2_authorizer.people.jwt_configuration).issuer == "https://login.example.org"
    error_message = "The issuer given is not the one asked."
  }
}

run "open_links_are_a_choice" {
  command = plan

  variables {
    open_links = true
  }

  assert {
    condition     = aws_apigatewayv2_route.link.authorization_type == "NONE"
    error_message = "open_links changed nothing."
  }

  assert {
    condition = alltrue([
      one(aws_apigatewayv2_stage.default.route_settings).route_key == "GET /",
      one(aws_apigatewayv2_stage.default.route_settings).throttling_rate_limit <= var.requests_per_second / 2,
      one(aws_apigatewayv2_stage.default.route_settings).throttling_burst_limit <= var.requests_per_second,
    ])
    error_message = "Strangers who ask for links may take all of the API."
  }
}

run "where_and_by_whom_it_is_watched_is_a_choice" {
  command = plan

  variables {
    domain             = { name = "films.example.org", certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/mock" }
    price_class        = "PriceClass_All"
    geo_restriction    = { type = "whitelist", countries = ["AT", "DE"] }
    web_acl_arn        = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/mock/1"
    alarm_email        = "you@example.org"
    monthly_budget_usd = 0
    cors_origins       = ["https://www.example.org"]
  }

  assert {
    condition     = one(aws_apigatewayv2_api.api.cors_configuration).allow_origins == toset(["https://www.example.org"]) && !one(aws_apigatewayv2_api.api.cors_configuration).allow_credentials
    error_message = "Pages of the listed site, and of no other, may call the API, without cookies."
  }

  assert {
    condition     = aws_cloudfront_distribution.site.aliases == toset(["films.example.org"]) && one(aws_cloudfront_distribution.site.viewer_certificate).minimum_protocol_version == "TLSv1.2_2021" && output.api_url == "https://films.example.org"
    error_message = "The domain is not served, or with old TLS, or not told."
  }

  assert {
    condition     = aws_cloudfront_distribution.site.price_class == "PriceClass_All" && aws_cloudfront_distribution.site.web_acl_id == var.web_acl_arn && one(one(aws_cloudfront_distribution.site.restrictions).geo_restriction).locations == toset(["AT", "DE"])
    error_message = "Reach, countries or the firewall are not as they were asked for."
  }

  assert {
    condition     = aws_sns_topic_subscription.alarms[0].endpoint == "you@example.org" && length(aws_budgets_budget.month) == 0
    error_message = "Alarms are sent elsewhere, or a budget is kept that nobody wants."
  }
}

run "what_cannot_be_is_refused_with_what_to_set" {
  command = plan

  variables {
    architecture        = "arm"
    oidc                = { issuer = "https://login.example.org", client_id = "matinee", scope_prefix = "my api/" }
    domain              = { name = "films.example.org", certificate_arn = "arn:aws:acm:eu-central-1:123456789012:certificate/mock" }
    price_class         = "PriceClass_1"
    geo_restriction     = { type = "whitelist", countries = ["Austria"] }
    web_acl_arn         = "arn:aws:wafv2:eu-central-1:123456789012:regional/webacl/mock/1"
    cors_origins        = ["*"]
    webhook_allow_cidrs = ["10.1.2.3/16"]
    gate_mode           = "off"
    public_assets       = ["trailer"]
    codecs              = ["vp9"]
    log_days            = 31
    replica_region      = "Ireland"
    table_name          = "a table"
    alarm_email         = "nobody"
    monthly_budget_usd  = -1

    playback_max_ttl_seconds = 86401
    link_max_ttl_seconds     = 604801
  }

  expect_failures = [
    var.architecture, var.oidc, var.domain, var.price_class, var.geo_restriction, var.web_acl_arn, var.cors_origins,
    var.webhook_allow_cidrs, var.gate_mode, var.public_assets, var.codecs, var.log_days, var.replica_region,
    var.table_name, var.alarm_email, var.monthly_budget_usd,
    var.playback_max_ttl_seconds, var.link_max_ttl_seconds,
  ]
}

run "and_in_its_other_forms" {
  command = plan

  variables {
    domain              = { name = "https://films.example.org/", certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/mock" }
    oidc                = { issuer = "login.example.org", client_id = "matinee" }
    geo_restriction     = { type = "none", countries = ["AT"] }
    webhook_allow_cidrs = ["example.org"]

    playback_max_ttl_seconds = 3599
    link_max_ttl_seconds     = 3599
  }

  expect_failures = [
    var.domain, var.oidc, var.geo_restriction, var.webhook_allow_cidrs, var.playback_max_ttl_seconds, var.link_max_ttl_seconds,
  ]
}

run "numbers_too_small_are_refused" {
  command = plan

  variables {
    caller_requests_per_minute  = -1
    address_requests_per_minute = -1
    wrong_tries                 = -1
    encode_at_once              = 0
    copy_at_once                = 0
    encode_memory_mb            = 1768
    upload_days                 = 0
    event_days                  = 1
    insight_days                = 0
    viewer_hours                = 0
    quality_minutes             = 19
    link_ttl_seconds            = 0
    share_max_days              = 0
    session_seconds             = 59
    sessions_per_viewer         = -1
    playback_ttl_seconds        = 0
    audit_days                  = 0
    asset_days                  = -1
    noncurrent_days             = 0
    key_rotation_days           = 0
    key_settle_seconds          = -1
    stall_percent               = 0
    limit_minutes_a_month       = -1
    limit_hours_stored          = -1
    limit_usd_a_film            = -1
    requests_per_second         = 0
  }

  expect_failures = [
    var.caller_requests_per_minute, var.address_requests_per_minute, var.wrong_tries, var.encode_at_once,
    var.copy_at_once, var.encode_memory_mb, var.upload_days, var.event_days, var.share_max_days, var.session_seconds,
    var.insight_days, var.viewer_hours, var.quality_minutes, var.link_ttl_seconds,
    var.sessions_per_viewer, var.playback_ttl_seconds, var.audit_days, var.asset_days,
    var.noncurrent_days, var.key_rotation_days, var.key_settle_seconds, var.stall_percent, var.limit_minutes_a_month,
    var.limit_hours_stored, var.limit_usd_a_film, var.requests_per_second,
  ]
}

run "numbers_too_large_are_refused" {
  command = plan

  variables {
    caller_requests_per_minute  = 1000001
    address_requests_per_minute = 1000001
    wrong_tries                 = 10001
    encode_at_once              = 10001
    copy_at_once                = 901
    encode_memory_mb            = 10241
    upload_days                 = 366
    event_days                  = 366
    insight_days                = 3651
    viewer_hours                = 8761
    quality_minutes             = 10081
    link_ttl_seconds            = 604801
    share_max_days              = 3651
    session_seconds             = 31536001
    sessions_per_viewer         = 1001
    playback_ttl_seconds        = 86401
    audit_days                  = 3651
    asset_days                  = 36501
    noncurrent_days             = 3651
    key_rotation_days           = 366
    key_settle_seconds          = 91
    stall_percent               = 101
    limit_minutes_a_month       = 10000001
    limit_hours_stored          = 1000001
    limit_usd_a_film            = 100001
    requests_per_second         = 10001
  }

  expect_failures = [
    var.caller_requests_per_minute, var.address_requests_per_minute, var.wrong_tries, var.encode_at_once,
    var.copy_at_once, var.encode_memory_mb, var.upload_days, var.event_days, var.share_max_days, var.session_seconds,
    var.insight_days, var.viewer_hours, var.quality_minutes, var.link_ttl_seconds,
    var.sessions_per_viewer, var.playback_ttl_seconds, var.audit_days, var.asset_days,
    var.noncurrent_days, var.key_rotation_days, var.key_settle_seconds, var.stall_percent, var.limit_minutes_a_month,
    var.limit_hours_stored, var.limit_usd_a_film, var.requests_per_second,
  ]
}

run "parts_of_numbers_are_refused" {
  command = plan

  variables {
    caller_requests_per_minute  = 0.5
    address_requests_per_minute = 0.5
    wrong_tries                 = 0.5
    encode_at_once              = 1.5
    copy_at_once                = 1.5
    encode_memory_mb            = 1769.5
    upload_days                 = 1.5
    event_days                  = 2.5
    insight_days                = 1.5
    viewer_hours                = 1.5
    quality_minutes             = 20.5
    link_ttl_seconds            = 1.5
    share_max_days              = 1.5
    session_seconds             = 60.5
    sessions_per_viewer         = 0.5
    playback_ttl_seconds        = 1.5
    audit_days                  = 1.5
    asset_days                  = 0.5
    noncurrent_days             = 1.5
    key_rotation_days           = 1.5
    key_settle_seconds          = 0.5
    stall_percent               = 1.5
    limit_minutes_a_month       = 0.5
    limit_hours_stored          = 0.5
    limit_usd_a_film            = 0.0000001
    requests_per_second         = 1.5
  }

  expect_failures = [
    var.caller_requests_per_minute, var.address_requests_per_minute, var.wrong_tries, var.encode_at_once,
    var.copy_at_once, var.encode_memory_mb, var.upload_days, var.event_days, var.share_max_days, var.session_seconds,
    var.insight_days, var.viewer_hours, var.quality_minutes, var.link_ttl_seconds,
    var.sessions_per_viewer, var.playback_ttl_seconds, var.audit_days, var.asset_days,
    var.noncurrent_days, var.key_rotation_days, var.key_settle_seconds, var.stall_percent, var.limit_minutes_a_month,
    var.limit_hours_stored, var.limit_usd_a_film, var.requests_per_second,
  ]
}

run "without_packages_the_plan_stops" {
  command = plan

  variables {
    package_dir = "/nowhere"
  }

  expect_failures = [aws_s3_bucket.packages]
}

run "a_second_region_is_as_closed_and_as_gated" {
  command = plan

  variables {
    replica_region = "eu-west-1"
  }

  assert {
    condition     = alltrue([for block in aws_s3_bucket_public_access_block.replica : block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets])
    error_message = "The copy may be made public."
  }

  assert {
    condition     = [for behaviour in aws_cloudfront_distribution.site.ordered_cache_behavior : behaviour.path_pattern if behaviour.target_origin_id == "streams-in-either"] == ["/t/*"]
    error_message = "The copy of streams/ is reached by another path than /t/*."
  }

  assert {
    condition     = local.replica_settings.MATINEE_REPLICA_REGION == "eu-west-1" && local.replica_settings.MATINEE_REPLICA_BUCKET == aws_s3_bucket.replica[0].bucket
    error_message = "A look for what a deletion left does not look into the copy."
  }

  assert {
    condition     = alltrue([for rule in aws_s3_bucket_replication_configuration.media[0].rule : one(rule.delete_marker_replication).status == "Enabled"])
    error_message = "What is deleted stays in the copy."
  }
}
