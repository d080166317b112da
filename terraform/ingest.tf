# From a stored file to a published film: events start executions of one workflow, whose steps are two functions. What
# must stay true: every state catches, whatever ends badly is told of, and encoders can read sources and write results
# but not touch the catalog.

locals {
  # Known before it exists, so that what starts it and what it calls need not wait for each other.
  workflow_name    = "${var.name}-ingest"
  workflow_arn     = "arn:${local.partition}:states:${local.region}:${local.account}:stateMachine:${local.workflow_name}"
  executions_arn   = "arn:${local.partition}:states:${local.region}:${local.account}:execution:${local.workflow_name}:*"
  media_arn        = aws_s3_bucket.media.arn
  catalog_arns     = [aws_dynamodb_table.catalog.arn, "${aws_dynamodb_table.catalog.arn}/index/*"]
  catalog_settings = { MATINEE_TABLE = aws_dynamodb_table.catalog.name }
  media_settings   = { MATINEE_BUCKET = aws_s3_bucket.media.id }

  policy_settings = {
    MATINEE_PLAYBACK_TTL_SECONDS     = var.playback_ttl_seconds
    MATINEE_PLAYBACK_MAX_TTL_SECONDS = var.playback_max_ttl_seconds
    MATINEE_SESSION_SECONDS          = var.session_seconds
    MATINEE_SESSIONS_PER_VIEWER      = var.sessions_per_viewer
    MATINEE_AUDIT_DAYS               = var.audit_days
    MATINEE_GATE_MODE                = var.gate_mode
    MATINEE_PUBLIC_ASSETS            = join(",", var.public_assets)
    MATINEE_UPLOAD_DAYS              = var.upload_days
    MATINEE_SHARE_MAX_DAYS           = var.share_max_days
    MATINEE_CODECS                   = join(",", var.codecs)
    MATINEE_LIMIT_MINUTES_A_MONTH    = var.limit_minutes_a_month
    MATINEE_LIMIT_HOURS_STORED       = var.limit_hours_stored
    MATINEE_LIMIT_USD_A_FILM         = var.limit_usd_a_film
    MATINEE_STALL_PERCENT            = var.stall_percent
    MATINEE_ASSET_DAYS               = var.asset_days
    MATINEE_KEEP_SOURCES             = var.keep_sources ? "1" : "0"
    MATINEE_INSIGHT_DAYS             = var.insight_days
    MATINEE_VIEWER_HOURS             = var.viewer_hours
    MATINEE_QUALITY_MINUTES          = var.quality_minutes
  }

  link_settings = {
    MATINEE_LINK_TTL_SECONDS     = var.link_ttl_seconds
    MATINEE_LINK_MAX_TTL_SECONDS = var.link_max_ttl_seconds
  }

  powertools_settings = {
    POWERTOOLS_SERVICE_NAME      = var.name
    POWERTOOLS_METRICS_NAMESPACE = "Matinee"
    POWERTOOLS_TRACE_DISABLED    = tostring(!var.tracing)
  }

  workflow_settings = { MATINEE_STATE_MACHINE_ARN = local.workflow_arn }

  catalog_writes = [
    "dynamodb:GetItem",
    "dynamodb:BatchGetItem",
    "dynamodb:Query",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:BatchWriteItem",
  ]

  deletion_settings = {
    MATINEE_DISTRIBUTION_ID = aws_cloudfront_distribution.site.id
    MATINEE_NONCURRENT_DAYS = var.noncurrent_days
    MATINEE_PURGE_DELETED   = var.purge_deleted ? "1" : "0"
  }

  # Where a look for what a deletion left goes besides; empty is unset.
  replica_settings = {
    MATINEE_REPLICA_REGION = local.replica == 1 ? var.replica_region : ""
    MATINEE_REPLICA_BUCKET = local.replica == 1 ? aws_s3_bucket.replica[0].bucket : ""
  }

  clear_cache = { actions = ["cloudfront:CreateInvalidation"], resources = [aws_cloudfront_distribution.site.arn] }

  # Nobody may end what could be brought back, unless it is asked for.
  purge = var.purge_deleted ? {
    Versions = { actions = ["s3:ListBucketVersions"], resources = [local.media_arn] }
    Purge = {
      actions   = ["s3:DeleteObjectVersion"]
      resources = [for prefix in ["sources", "streams", "work"] : "${local.media_arn}/${prefix}/*"]
    }
  } : {}

  # The same for a file that was taken in.
  purge_inbox = var.purge_deleted ? {
    Versions   = { actions = ["s3:ListBucketVersions"], resources = [local.media_arn] }
    PurgeTaken = { actions = ["s3:DeleteObjectVersion"], resources = ["${local.media_arn}/inbox/*"] }
  } : {}

  # HEAD of what is missing answers 403 without it, and no request here lists for viewers.
  list_media = { actions = ["s3:ListBucket"], resources = [local.media_arn] }
}

# --- what starts a run ----------------------------------------------------------------------------------------------

module "start_ingest" {
  source = "./modules/function"

  name            = "${var.name}-start-ingest"
  description     = "A stored file becomes a run, once"
  handler         = "matinee.lambdas.start_ingest.handler"
  package         = local.packages["api"]
  settings        = local.function_settings
  memory_mb       = 512
  timeout_seconds = 900 # it has S3 copy inbox/ to sources/, part by part

  environment = merge(
    local.catalog_settings, local.media_settings, local.workflow_settings, local.policy_settings, local.powertools_settings,
    local.deletion_settings,
  )

  statements = merge(local.purge_inbox, {
    List = local.list_media
    Catalog = {
      actions   = ["dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem"]
      resources = local.catalog_arns
    }
    Inbox = { actions = ["s3:GetObject", "s3:DeleteObject"], resources = ["${local.media_arn}/inbox/*"] }
    Sources = {
      actions   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
      resources = ["${local.media_arn}/sources/*"]
    }
    Start    = { actions = ["states:StartExecution"], resources = [local.workflow_arn] }
    Describe = { actions = ["states:DescribeExecution"], resources = [local.executions_arn] }
  })
}

resource "aws_cloudwatch_event_rule" "stored" {
  name        = "${var.name}-stored"
  description = "A file was uploaded or dropped into the inbox"

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail = {
      bucket = { name = [aws_s3_bucket.media.id] }
      object = { key = [{ prefix = "sources/" }, { prefix = "inbox/" }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "stored" {
  rule = aws_cloudwatch_event_rule.stored.name
  arn  = module.start_ingest.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = 3600
    maximum_retry_attempts       = 20
  }
}

resource "aws_lambda_permission" "stored" {
  statement_id  = "EventBridge"
  action        = "lambda:InvokeFunction"
  function_name = module.start_ingest.name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.stored.arn
}

# EventBridge hands the event over and is done: what the function itself could not do is kept here.
resource "aws_lambda_function_event_invoke_config" "start_ingest" {
  function_name                = module.start_ingest.name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 3600

  destination_config {
    on_failure {
      destination = aws_sqs_queue.dead_letters.arn
    }
  }
}

resource "aws_iam_role_policy" "start_ingest_tells" {
  name = "tells"
  role = module.start_ingest.role

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = aws_sqs_queue.dead_letters.arn }]
  })
}

# --- the steps ------------------------------------------------------------------------------------------------------

module "ingest" {
  source = "./modules/function"

  name            = "${var.name}-ingest"
  description     = "The steps of a run that read and write the catalog"
  handler         = "matinee.lambdas.ingest_step.handler"
  package         = local.packages["ingest"]
  settings        = local.function_settings
  memory_mb       = 3008 # the most a new account may have
  timeout_seconds = 900
  scratch_mb      = 10240
  environment     = merge(local.catalog_settings, local.media_settings, local.policy_settings, local.powertools_settings)

  statements = {
    List = local.list_media
    # A run is counted against the month in place, with the library's length read from an index.
    Catalog = {
      actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
      resources = [aws_dynamodb_table.catalog.arn]
    }
    Library = { actions = ["dynamodb:Query"], resources = ["${aws_dynamodb_table.catalog.arn}/index/*"] }
    Sources = { actions = ["s3:GetObject"], resources = ["${local.media_arn}/sources/*"] }
    Results = {
      actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
      resources = ["${local.media_arn}/streams/*", "${local.media_arn}/work/*"]
    }
    # A cancelled run of a deleted asset takes its source with it.
    Deleted = { actions = ["s3:DeleteObject"], resources = ["${local.media_arn}/sources/*"] }
  }
}

module "encode" {
  source = "./modules/function"

  name            = "${var.name}-encode"
  description     = "One chunk of a film, in every quality"
  handler         = "matinee.lambdas.ingest_step.handler"
  package         = local.packages["ingest"]
  settings        = local.function_settings
  memory_mb       = var.encode_memory_mb
  timeout_seconds = 900
  scratch_mb      = 10240
  environment     = merge(local.catalog_settings, local.media_settings, local.policy_settings, local.powertools_settings)

  statements = {
    List    = local.list_media
    Catalog = { actions = ["dynamodb:GetItem"], resources = [aws_dynamodb_table.catalog.arn] }
    Sources = { actions = ["s3:GetObject"], resources = ["${local.media_arn}/sources/*"] }
    Results = {
      actions   = ["s3:GetObject", "s3:PutObject"]
      resources = ["${local.media_arn}/streams/*", "${local.media_arn}/work/*"]
    }
  }
}

# --- the workflow ---------------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "workflow_trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["states.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

data "aws_iam_policy_document" "workflow" {
  statement {
    sid       = "Steps"
    actions   = ["lambda:InvokeFunction"]
    resources = [module.ingest.arn, module.encode.arn]
  }

  statement {
    sid       = "ListOfParts"
    actions   = ["s3:GetObject"]
    resources = ["${local.media_arn}/work/*"]
  }

  # A Distributed Map is executions of the machine by itself (Step Functions Developer Guide, "IAM policies for using
  # Distributed Map states").
  statement {
    sid       = "Children"
    actions   = ["states:StartExecution"]
    resources = [local.workflow_arn]
  }

  statement {
    sid       = "ChildrenToo"
    actions   = ["states:DescribeExecution", "states:StopExecution"]
    resources = [local.executions_arn]
  }

  # Delivery of logs knows no resources (the same guide, "Logging in CloudWatch Logs").
  statement {
    sid = "Logs"
    actions = [
      "logs:CreateLogDelivery",
      "logs:GetLogDelivery",
      "logs:UpdateLogDelivery",
      "logs:DeleteLogDelivery",
      "logs:ListLogDeliveries",
      "logs:PutResourcePolicy",
      "logs:DescribeResourcePolicies",
      "logs:DescribeLogGroups",
    ]
    resources = ["*"]
  }
}

data "aws_iam_policy_document" "workflow_traces" {
  source_policy_documents = [data.aws_iam_policy_document.workflow.json]

  dynamic "statement" {
    for_each = var.tracing ? [1] : []

    content {
      # X-Ray knows no resources for these (Step Functions Developer Guide, "IAM policies for X-Ray").
      sid = "Traces"
      actions = [
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
      ]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role" "workflow" {
  name               = "${var.name}-workflow"
  description        = "What the ingest workflow may do"
  assume_role_policy = data.aws_iam_policy_document.workflow_trust.json
}

resource "aws_iam_role_policy" "workflow" {
  name   = "rights"
  role   = aws_iam_role.workflow.id
  policy = data.aws_iam_policy_document.workflow_traces.json
}

resource "aws_cloudwatch_log_group" "workflow" {
  name              = "/aws/vendedlogs/states/${local.workflow_name}"
  retention_in_days = var.log_days
}

resource "aws_sfn_state_machine" "ingest" {
  name     = local.workflow_name
  role_arn = aws_iam_role.workflow.arn

  definition = templatefile("${path.module}/workflow.asl.json", {
    ingest_arn     = module.ingest.arn
    encode_arn     = module.encode.arn
    at_once        = var.encode_at_once
    copies_at_once = var.copy_at_once
  })

  logging_configuration {
    level                  = "ERROR"
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.workflow.arn}:*"
  }

  tracing_configuration {
    enabled = var.tracing
  }

  depends_on = [aws_iam_role_policy.workflow]
}

# --- what nobody asked for in time ----------------------------------------------------------------------------------

module "upkeep" {
  source = "./modules/function"

  name            = "${var.name}-upkeep"
  description     = "Uploads that ended, versions nobody watches, runs that stopped moving, revocations that are over"
  handler         = "matinee.lambdas.upkeep.handler"
  package         = local.packages["api"]
  settings        = local.function_settings
  memory_mb       = 512
  timeout_seconds = 900

  environment = merge(
    local.catalog_settings, local.media_settings, local.workflow_settings, local.policy_settings, local.powertools_settings,
    local.webhook_settings, local.deletion_settings,
    { MATINEE_KEY_VALUE_STORE_ARN = aws_cloudfront_key_value_store.gate.arn },
  )

  statements = merge(local.purge, local.purge_inbox, {
    List   = local.list_media
    Copies = { actions = ["s3:ListBucketMultipartUploads"], resources = [local.media_arn] }
    Cache  = local.clear_cache
    # An item is changed in place only when a request is answered, which is the API's.
    Catalog = {
      actions   = [for action in local.catalog_writes : action if action != "dynamodb:UpdateItem"]
      resources = local.catalog_arns
    }
    Media = {
      actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
      resources = [for prefix in ["inbox", "sources", "streams", "work"] : "${local.media_arn}/${prefix}/*"]
    }
    Start    = { actions = ["states:StartExecution"], resources = [local.workflow_arn] }
    Describe = { actions = ["states:DescribeExecution"], resources = [local.executions_arn] }
    Tell     = { actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.deliveries.arn] }
    Gate = {
      actions = [
        "cloudfront-keyvaluestore:DescribeKeyValueStore",
        "cloudfront-keyvaluestore:GetKey",
        "cloudfront-keyvaluestore:ListKeys",
        "cloudfront-keyvaluestore:PutKey",
        "cloudfront-keyvaluestore:UpdateKeys",
      ]
      resources = [aws_cloudfront_key_value_store.gate.arn]
    }
  })
}

module "upkeep_schedule" {
  source = "./modules/schedule"

  name         = "${var.name}-upkeep"
  every        = "rate(15 minutes)"
  function_arn = module.upkeep.arn
  dead_letters = aws_sqs_queue.dead_letters.arn
}
