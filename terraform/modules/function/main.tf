# A Lambda function with a role and a log group of its own. What must stay true: the role can do what `statements` says,
# write this log group, and nothing else.

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = var.name
  description        = "What the function ${var.name} may do"
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

data "aws_iam_policy_document" "rights" {
  dynamic "statement" {
    for_each = var.statements

    content {
      sid       = statement.key
      effect    = statement.value.effect
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.this.arn}:*"]
  }

  dynamic "statement" {
    for_each = var.settings.tracing ? [1] : []

    content {
      # X-Ray knows no resources for these (Service Authorization Reference, "AWS X-Ray").
      sid       = "Traces"
      actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      resources = ["*"]
    }
  }
}

resource "aws_iam_role_policy" "rights" {
  name   = "rights"
  role   = aws_iam_role.this.id
  policy = data.aws_iam_policy_document.rights.json
}

# Made here, or Lambda makes it and keeps every line forever.
resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.settings.log_days
}

resource "aws_lambda_function" "this" {
  function_name    = var.name
  description      = var.description
  role             = aws_iam_role.this.arn
  handler          = var.handler
  runtime          = var.settings.runtime
  architectures    = [var.settings.architecture]
  s3_bucket        = var.package.bucket
  s3_key           = var.package.key
  source_code_hash = var.package.sha256
  memory_size      = var.memory_mb
  timeout          = var.timeout_seconds

  ephemeral_storage {
    size = var.scratch_mb
  }

  environment {
    variables = var.environment
  }

  logging_config {
    log_format = var.json_logs ? "JSON" : "Text"
    log_group  = aws_cloudwatch_log_group.this.name
  }

  tracing_config {
    mode = var.settings.tracing ? "Active" : "PassThrough"
  }

  # A function that runs before its rights are there fails its first calls.
  depends_on = [aws_iam_role_policy.rights]
}
