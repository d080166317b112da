# What tells a person. What must stay true: every way a run, a rotation or the API can die rings here, and each alarm has
# a page in docs/operate.md.

resource "aws_sns_topic" "alarms" {
  name = "${var.name}-alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  count = var.alarm_email == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "BudgetsAndAlarmsTell"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["budgets.amazonaws.com", "cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

# Events and calls nobody could take. Two weeks are the longest a queue keeps them.
resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead-letters"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

data "aws_iam_policy_document" "dead_letters" {
  statement {
    sid       = "TheRuleTells"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.dead_letters.arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.stored.arn]
    }
  }
}

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id
  policy    = data.aws_iam_policy_document.dead_letters.json
}

locals {
  functions = concat(
    [module.api.name, module.link.name, module.start_ingest.name, module.ingest.name, module.encode.name, module.upkeep.name, module.rotate_keys.name, module.events.name, module.sender.name],
    module.claims[*].name,
  )

  state_machine = { StateMachineArn = local.workflow_arn }

  # What stands so high, and is not added up. The upkeep tells figures every quarter of an hour: two of them fit into 1800 s.
  levels = ["ApproximateNumberOfMessagesVisible", "IteratorAge", "RunsHeld", "FilmsComplaining", "DeliveriesDead"]

  # name → the metric, what it counts, over which seconds, and from which number on it rings.
  alarms = merge(
    {
      runs-failed      = { space = "AWS/States", metric = "ExecutionsFailed", dimensions = local.state_machine, seconds = 300, over = 0 }
      runs-timed-out   = { space = "AWS/States", metric = "ExecutionsTimedOut", dimensions = local.state_machine, seconds = 300, over = 0 }
      runs-aborted     = { space = "AWS/States", metric = "ExecutionsAborted", dimensions = local.state_machine, seconds = 300, over = 0 }
      runs-throttled   = { space = "AWS/States", metric = "ExecutionThrottled", dimensions = local.state_machine, seconds = 300, over = 50 }
      dead-letters     = { space = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", dimensions = { QueueName = aws_sqs_queue.dead_letters.name }, seconds = 300, over = 0 }
      api-failing      = { space = "AWS/ApiGateway", metric = "5xx", dimensions = { ApiId = aws_apigatewayv2_api.api.id }, seconds = 300, over = 5 }
      events-behind    = { space = "AWS/Lambda", metric = "IteratorAge", dimensions = { FunctionName = module.events.name }, seconds = 300, over = 600000 }
      webhooks-dead    = { space = "Matinee", metric = "DeliveriesDead", dimensions = { service = var.name }, seconds = 1800, over = 0 }
      runs-waiting     = { space = "Matinee", metric = "RunsHeld", dimensions = { service = var.name }, seconds = 1800, over = 0 }
      viewers-complain = { space = "Matinee", metric = "FilmsComplaining", dimensions = { service = var.name }, seconds = 1800, over = 0 }
      rule-not-heard   = { space = "AWS/Events", metric = "FailedInvocations", dimensions = { RuleName = aws_cloudwatch_event_rule.stored.name }, seconds = 300, over = 0 }
    },
    { for name in local.functions : "errors-${trimprefix(name, "${var.name}-")}" =>
    { space = "AWS/Lambda", metric = "Errors", dimensions = { FunctionName = name }, seconds = 300, over = 0 } },
    { for name in local.functions : "throttled-${trimprefix(name, "${var.name}-")}" =>
    { space = "AWS/Lambda", metric = "Throttles", dimensions = { FunctionName = name }, seconds = 300, over = 100 } },
  )
}

resource "aws_cloudwatch_metric_alarm" "alarm" {
  for_each = local.alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "docs/operate.md, \"Alarms\", ${each.key}"
  namespace           = each.value.space
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = contains(local.levels, each.value.metric) ? "Maximum" : "Sum"
  period              = each.value.seconds
  evaluation_periods  = 1
  threshold           = each.value.over
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# It looks at the whole account: the tag Application tells parts of a bill apart only once it was switched on by hand as
# a cost allocation tag (AWS Billing User Guide, "Activating user-defined cost allocation tags").
resource "aws_budgets_budget" "month" {
  count = var.monthly_budget_usd > 0 ? 1 : 0

  name         = var.name
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }

    content {
      notification_type         = notification.key
      threshold                 = notification.value
      threshold_type            = "PERCENTAGE"
      comparison_operator       = "GREATER_THAN"
      subscriber_sns_topic_arns = [aws_sns_topic.alarms.arn]
    }
  }

  depends_on = [aws_sns_topic_policy.alarms]
}
