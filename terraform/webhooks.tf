# From a change in the catalog to somebody else's server: the table's stream calls one function, which writes what is to
# be told; a queue calls another, which tells it. What must stay true: the stream is read from its beginning and never
# skipped, a message goes only when its delivery is over, and nothing here can read a film or a signing key.

locals {
  webhook_settings = {
    MATINEE_DELIVERIES_QUEUE_URL = aws_sqs_queue.deliveries.url
    MATINEE_WEBHOOK_ALLOW_CIDRS  = join(",", var.webhook_allow_cidrs)
    MATINEE_EVENT_DAYS           = var.event_days
  }

  sender_seconds = 60 # a try takes 15, a name that is not answered for half a minute
}

# A delivery is tried for a day, about twenty-five times, and its message is received each time; a replay may come on top.
# One that is received more often than that is not put off by the sender any more: something is broken.
resource "aws_sqs_queue" "deliveries" {
  name                       = "${var.name}-deliveries"
  visibility_timeout_seconds = 6 * local.sender_seconds # what AWS advises for a queue that calls a function
  message_retention_seconds  = 1209600
  sqs_managed_sse_enabled    = true

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = 200
  })
}

module "events" {
  source = "./modules/function"

  name            = "${var.name}-events"
  description     = "What happened in the catalog becomes what is told to whom"
  handler         = "matinee.lambdas.events.handler"
  package         = local.packages["api"]
  settings        = local.function_settings
  memory_mb       = 512
  timeout_seconds = 120
  environment     = merge(local.catalog_settings, local.media_settings, local.webhook_settings, local.powertools_settings)

  statements = {
    Catalog = {
      actions   = ["dynamodb:BatchGetItem", "dynamodb:Query", "dynamodb:PutItem"]
      resources = [aws_dynamodb_table.catalog.arn]
    }
    Stream = {
      actions   = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
      resources = [aws_dynamodb_table.catalog.stream_arn]
    }
    Streams = { actions = ["dynamodb:ListStreams"], resources = ["${aws_dynamodb_table.catalog.arn}/stream/*"] }
    Tell    = { actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.deliveries.arn] }
  }
}

# A batch that fails is halved until the record that fails stands alone, and that one is tried for as long as the stream
# keeps it: the alarm events-behind has told somebody by then.
resource "aws_lambda_event_source_mapping" "events" {
  event_source_arn                   = aws_dynamodb_table.catalog.stream_arn
  function_name                      = module.events.arn
  starting_position                  = "TRIM_HORIZON"
  batch_size                         = 100
  bisect_batch_on_function_error     = true
  maximum_retry_attempts             = -1
  maximum_record_age_in_seconds      = -1
  maximum_batching_window_in_seconds = 0

  # Assets, uploads and sessions; every other write costs no call (src/matinee/adapters/aws/dynamodb_stream.py).
  filter_criteria {
    filter {
      pattern = jsonencode({
        eventName = ["INSERT", "MODIFY"]
        dynamodb = {
          Keys = {
            sk = { S = ["value"] }
            pk = { S = [{ prefix = "ast_" }, { prefix = "upl_" }, { prefix = "ses_" }] }
          }
        }
      })
    }
  }
}

module "sender" {
  source = "./modules/function"

  name            = "${var.name}-sender"
  description     = "One try to tell somebody's server of one event"
  handler         = "matinee.lambdas.sender.handler"
  package         = local.packages["api"]
  settings        = local.function_settings
  memory_mb       = 512
  timeout_seconds = local.sender_seconds
  environment     = merge(local.catalog_settings, local.media_settings, local.webhook_settings, local.powertools_settings)

  statements = {
    Catalog = { actions = ["dynamodb:GetItem", "dynamodb:PutItem"], resources = [aws_dynamodb_table.catalog.arn] }
    Due = {
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ChangeMessageVisibility"]
      resources = [aws_sqs_queue.deliveries.arn]
    }
  }
}

resource "aws_lambda_event_source_mapping" "sender" {
  event_source_arn        = aws_sqs_queue.deliveries.arn
  function_name           = module.sender.arn
  batch_size              = 1 # a slow receiver holds up nothing but its own message
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = 10 # of the account's functions: receivers that time out must not starve the API
  }
}
