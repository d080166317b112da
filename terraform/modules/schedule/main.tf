# A function called again and again. What must stay true: the scheduler may call this function, and a call that could
# not be made is told of.

data "aws_caller_identity" "current" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["scheduler.amazonaws.com"]
    }

    # EventBridge Scheduler User Guide, "Confused deputy prevention".
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

data "aws_iam_policy_document" "rights" {
  statement {
    sid       = "Call"
    actions   = ["lambda:InvokeFunction"]
    resources = [var.function_arn]
  }

  statement {
    sid       = "Tell"
    actions   = ["sqs:SendMessage"]
    resources = [var.dead_letters]
  }
}

resource "aws_iam_role" "this" {
  name               = "${var.name}-schedule"
  description        = "Calls ${var.name} by the clock"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "rights" {
  name   = "rights"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.rights.json
}

resource "aws_scheduler_schedule" "this" {
  name                = var.name
  schedule_expression = var.every

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = var.function_arn
    role_arn = aws_iam_role.this.arn

    dead_letter_config {
      arn = var.dead_letters
    }

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 5
    }
  }
}
