# The HTTP API and its two functions. What must stay true: a route without its scope is not reached, those without an
# authorizer check a credential of their own or hold nothing, and media never pass through here.

locals {
  read     = ["assets:read"]
  write    = ["assets:write"]
  issue    = ["playback:issue"]
  audit    = ["audit:read"]
  insight  = ["insight:read"]
  delegate = ["playback:delegate"]
  approve  = ["spending:approve"]

  # A test holds this to the routes and scopes of src/matinee/http/routes.
  guarded_routes = {
    "POST /v1/uploads"                                 = local.write
    "GET /v1/uploads/{upload_id}"                      = local.write
    "DELETE /v1/uploads/{upload_id}"                   = local.write
    "POST /v1/uploads/{upload_id}/parts"               = local.write
    "POST /v1/uploads/{upload_id}/complete"            = local.write
    "GET /v1/assets"                                   = local.read
    "GET /v1/assets/{asset_id}"                        = local.read
    "PATCH /v1/assets/{asset_id}"                      = local.write
    "DELETE /v1/assets/{asset_id}"                     = local.write
    "POST /v1/assets/{asset_id}/ingest"                = local.write
    "POST /v1/assets/{asset_id}/ingest/pause"          = local.write
    "POST /v1/assets/{asset_id}/ingest/resume"         = local.write
    "POST /v1/assets/{asset_id}/ingest/cancel"         = local.write
    "POST /v1/assets/{asset_id}/ingest/approve"        = local.approve
    "GET /v1/cost"                                     = local.write
    "GET /v1/assets/{asset_id}/deletion"               = local.write
    "GET /v1/assets/{asset_id}/remains"                = local.write
    "GET /v1/assets/{asset_id}/versions"               = local.write
    "GET /v1/limits"                                   = local.write
    "GET /v1/assets/{asset_id}/captions/{language}"    = local.read
    "GET /v1/assets/{asset_id}/posters"                = local.read
    "PUT /v1/assets/{asset_id}/poster"                 = local.write
    "PUT /v1/assets/{asset_id}/captions/{language}"    = local.write
    "DELETE /v1/assets/{asset_id}/captions/{language}" = local.write
    "POST /v1/assets/{asset_id}/playback"              = local.issue
    "GET /v1/assets/{asset_id}/sessions"               = local.delegate
    "GET /v1/audit"                                    = local.audit
    "GET /v1/insight"                                  = local.insight
    "GET /v1/insight/quality"                          = local.insight
    "GET /v1/assets/{asset_id}/insight"                = local.insight
    "DELETE /v1/playback/{session_id}"                 = local.issue
    "POST /v1/webhooks"                                = local.write
    "GET /v1/webhooks"                                 = local.write
    "GET /v1/webhooks/{webhook_id}"                    = local.write
    "PATCH /v1/webhooks/{webhook_id}"                  = local.write
    "DELETE /v1/webhooks/{webhook_id}"                 = local.write
    "POST /v1/webhooks/{webhook_id}/rotate"            = local.write
    "POST /v1/webhooks/{webhook_id}/test"              = local.write
    "GET /v1/webhooks/{webhook_id}/deliveries"         = local.write
    "POST /v1/webhooks/{webhook_id}/replay"            = local.write
    "POST /v1/assets/{asset_id}/shares"                = local.write
    "GET /v1/assets/{asset_id}/shares"                 = local.write
    "DELETE /v1/shares/{share_id}"                     = local.write
  }

  # Pages hold nothing private. The playback token itself is the credential of a renewal and of a beacon, a share link's id
  # that of what is below it; the others tell nothing.
  share_routes = ["GET /s/{share_id}", "GET /embed/{share_id}"]

  open_routes = toset(["POST /v1/beacons", "POST /v1/playback/{session_id}/renew", "GET /v1/shares/{share_id}", "POST /v1/shares/{share_id}/open", "GET /v1/shares/{share_id}/poster", "GET /oembed", "GET /healthz", "GET /openapi.json"])
}

resource "aws_apigatewayv2_api" "api" {
  name          = var.name
  protocol_type = "HTTP"
  description   = "Matinee's API, version 1"

  # As src/matinee/http/cors.py has it on one machine. The gateway answers preflights, and its own refusals, by itself.
  dynamic "cors_configuration" {
    for_each = length(var.cors_origins) > 0 ? [var.cors_origins] : []

    content {
      allow_credentials = false
      allow_origins     = cors_configuration.value
      allow_methods     = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
      allow_headers     = ["authorization", "content-type", "idempotency-key", "if-match", "if-none-match"]
      expose_headers    = ["date", "etag", "idempotency-replayed", "retry-after"]
      max_age           = 7200
    }
  }
}

resource "aws_apigatewayv2_authorizer" "people" {
  api_id           = aws_apigatewayv2_api.api.id
  name             = "people"
  authorizer_type  = "JWT"
  identity_sources = ["$request.header.Authorization"]

  jwt_configuration {
    issuer   = local.issuer
    audience = local.audience
  }
}

resource "aws_apigatewayv2_integration" "api" {
  api_id                 = aws_apigatewayv2_api.api.id
  integration_type       = "AWS_PROXY"
  integration_uri        = module.api.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_integration" "link" {
  api_id                 = aws_apigatewayv2_api.api.id
  integration_type       = "AWS_PROXY"
  integration_uri        = module.link.invoke_arn
  payload_format_version = "2.0"
}

resource "aws_apigatewayv2_route" "guarded" {
  for_each = local.guarded_routes

  api_id               = aws_apigatewayv2_api.api.id
  route_key            = each.key
  target               = "integrations/${aws_apigatewayv2_integration.api.id}"
  authorization_type   = "JWT"
  authorizer_id        = aws_apigatewayv2_authorizer.people.id
  authorization_scopes = [for scope in each.value : "${local.scope_prefix}${scope}"]
}

resource "aws_apigatewayv2_route" "open" {
  for_each = setunion(local.open_routes, local.share_routes)

  api_id    = aws_apigatewayv2_api.api.id
  route_key = each.value
  target    = "integrations/${aws_apigatewayv2_integration.api.id}"
}

resource "aws_apigatewayv2_route" "link" {
  api_id               = aws_apigatewayv2_api.api.id
  route_key            = "GET /"
  target               = "integrations/${aws_apigatewayv2_integration.link.id}"
  authorization_type   = var.open_links ? "NONE" : "JWT"
  authorizer_id        = var.open_links ? null : aws_apigatewayv2_authorizer.people.id
  authorization_scopes = var.open_links ? null : [for scope in local.issue : "${local.scope_prefix}${scope}"]
}

resource "aws_cloudwatch_log_group" "access" {
  name              = "/aws/apigateway/${var.name}"
  retention_in_days = var.log_days
}

resource "aws_apigatewayv2_stage" "default" {
  api_id      = aws_apigatewayv2_api.api.id
  name        = "$default"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit  = var.requests_per_second
    throttling_burst_limit = 2 * var.requests_per_second
  }

  # The route, never the path or the query: those hold ids of sessions and keys of objects. No address of a viewer either
  # (docs/insight.md, "Privacy").
  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      request_id = "$context.requestId"
      time       = "$context.requestTime"
      route      = "$context.routeKey"
      status     = "$context.status"
      latency_ms = "$context.responseLatency"
      caller     = "$context.authorizer.claims.sub"
      error      = "$context.error.message"
    })
  }

  # Links that nobody signs in for: strangers may take half of the API, and who signed in has the other half at least.
  dynamic "route_settings" {
    for_each = var.open_links ? [aws_apigatewayv2_route.link.route_key] : []

    content {
      route_key              = route_settings.value
      throttling_rate_limit  = var.requests_per_second / 2
      throttling_burst_limit = var.requests_per_second
    }
  }
}

module "api" {
  source = "./modules/function"

  name            = "${var.name}-api"
  description     = "Matinee's API"
  handler         = "matinee.lambdas.api.handler"
  package         = local.packages["api"]
  settings        = local.function_settings
  memory_mb       = 1024
  timeout_seconds = 29 # API Gateway answers 503 after 30

  environment = merge(
    local.catalog_settings, local.media_settings, local.workflow_settings, local.policy_settings, local.powertools_settings,
    local.webhook_settings, local.deletion_settings, local.replica_settings, local.link_settings,
    {
      MATINEE_PUBLIC_URL                  = local.site_url
      MATINEE_SECRET_ARN                  = aws_secretsmanager_secret.keys.arn
      MATINEE_KEY_VALUE_STORE_ARN         = aws_cloudfront_key_value_store.gate.arn
      MATINEE_SCOPE_PREFIX                = local.scope_prefix
      MATINEE_CALLER_REQUESTS_PER_MINUTE  = var.caller_requests_per_minute
      MATINEE_ADDRESS_REQUESTS_PER_MINUTE = var.address_requests_per_minute
      MATINEE_WRONG_TRIES                 = var.wrong_tries
    },
  )

  statements = merge(local.purge, {
    List    = local.list_media
    Catalog = { actions = local.catalog_writes, resources = local.catalog_arns }
    # What a deletion leaves where no listing shows it: dropped, and looked for, in the second Region too.
    Copies   = { actions = ["s3:ListBucketMultipartUploads"], resources = [local.media_arn] }
    Versions = { actions = ["s3:ListBucketVersions"], resources = concat([local.media_arn], aws_s3_bucket.replica[*].arn) }
    Cache    = local.clear_cache
    Media = {
      actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
      resources = [for prefix in ["sources", "streams", "work"] : "${local.media_arn}/${prefix}/*"]
    }
    Pages = {
      actions   = ["s3:GetObject"]
      resources = [for page in ["share", "embed"] : "${local.media_arn}/web/${page}.html"]
    }
    Start    = { actions = ["states:StartExecution"], resources = [local.workflow_arn] }
    Describe = { actions = ["states:DescribeExecution"], resources = [local.executions_arn] }
    Tell     = { actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.deliveries.arn] }
    Keys     = { actions = ["secretsmanager:GetSecretValue"], resources = [aws_secretsmanager_secret.keys.arn] }
    Gate = {
      actions = [
        "cloudfront-keyvaluestore:DescribeKeyValueStore",
        "cloudfront-keyvaluestore:GetKey",
        "cloudfront-keyvaluestore:PutKey",
      ]
      resources = [aws_cloudfront_key_value_store.gate.arn]
    }
  })
}

module "link" {
  source = "./modules/function"

  name            = "${var.name}-link"
  description     = "The short-lived link to one stored object"
  handler         = "matinee.lambdas.link.handler"
  package         = local.packages["api"]
  settings        = local.function_settings
  memory_mb       = 512
  timeout_seconds = 10
  json_logs       = true

  environment = merge(local.media_settings, local.link_settings, {
    MATINEE_OPEN_LINKS   = var.open_links ? "1" : "0"
    MATINEE_SCOPE_PREFIX = local.scope_prefix
  })

  # The role must be able to read what a link is for, since a link can do what its signer can. The function refuses the
  # reserved prefixes by name; were it wrong, a link to what lies there would still open nothing.
  statements = {
    List  = local.list_media
    Plain = { actions = ["s3:GetObject"], resources = ["${local.media_arn}/*"] }
    Reserved = {
      effect    = "Deny"
      actions   = ["s3:GetObject"]
      resources = [for prefix in ["inbox", "sources", "streams", "web", "work"] : "${local.media_arn}/${prefix}/*"]
    }
  }
}

resource "aws_lambda_permission" "api" {
  for_each = { api = module.api.name, link = module.link.name }

  statement_id  = "ApiGateway"
  action        = "lambda:InvokeFunction"
  function_name = each.value
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.api.execution_arn}/*/*"
}
