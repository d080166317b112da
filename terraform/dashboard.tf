# What an operator looks at, on one page: the figures that one machine tells at /metrics (docs/operate.md, "Figures"). What
# must stay true: under fifty metrics, so that it costs nothing, and no film or person is named in it.

locals {
  figures = {
    viewers = {
      title   = "Viewers: the last quarter of an hour"
      metrics = ["FilmsPlayed", "FilmsComplaining", "Starts", "SlowStarts", "PlayerErrors"]
    }
    quality = {
      title   = "Seconds wanted, and of them stood still"
      metrics = ["WantedSeconds", "StalledSeconds"]
    }
    ingests = {
      title   = "Ingests waiting, under way, held at a limit"
      metrics = ["RunsQueued", "RunsRunning", "RunsHeld"]
    }
    told = {
      title   = "Webhooks: given up within a day"
      metrics = ["DeliveriesDead"]
    }
    month = {
      title   = "This month: ingests, minutes, dollars"
      metrics = ["MonthIngests", "MonthMinutes", "MonthDollars"]
    }
  }

  # title → the Region CloudWatch keeps it in, how its values are joined, and the metrics: space, name, dimensions.
  vitals = {
    edge = {
      title  = "CloudFront: requests, errors in percent"
      region = "us-east-1"
      stat   = "Average"
      metrics = [
        ["AWS/CloudFront", "Requests", "Region", "Global", "DistributionId", aws_cloudfront_distribution.site.id, { stat = "Sum" }],
        ["AWS/CloudFront", "4xxErrorRate", "Region", "Global", "DistributionId", aws_cloudfront_distribution.site.id, { yAxis = "right" }],
        ["AWS/CloudFront", "5xxErrorRate", "Region", "Global", "DistributionId", aws_cloudfront_distribution.site.id, { yAxis = "right" }],
      ]
    }
    api = {
      title  = "API: calls, refused, failed; milliseconds"
      region = local.region
      stat   = "Sum"
      metrics = [
        ["AWS/ApiGateway", "Count", "ApiId", aws_apigatewayv2_api.api.id, {}],
        ["AWS/ApiGateway", "4xx", "ApiId", aws_apigatewayv2_api.api.id, {}],
        ["AWS/ApiGateway", "5xx", "ApiId", aws_apigatewayv2_api.api.id, {}],
        ["AWS/ApiGateway", "Latency", "ApiId", aws_apigatewayv2_api.api.id, { stat = "p95", yAxis = "right" }],
      ]
    }
    runs = {
      title  = "Ingests done and failed"
      region = local.region
      stat   = "Sum"
      metrics = [
        ["Matinee", "RunsReady", "service", var.name, {}],
        ["Matinee", "RunsFailed", "service", var.name, {}],
        ["AWS/States", "ExecutionsTimedOut", "StateMachineArn", local.workflow_arn, {}],
      ]
    }
    letters = {
      title  = "Dead letters"
      region = local.region
      stat   = "Maximum"
      metrics = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.dead_letters.name, {}],
      ]
    }
    functions = {
      title  = "Functions: errors, throttled"
      region = local.region
      stat   = "Sum"
      metrics = concat(
        [for name in local.functions : ["AWS/Lambda", "Errors", "FunctionName", name, {}]],
        [for name in local.functions : ["AWS/Lambda", "Throttles", "FunctionName", name, { yAxis = "right" }]],
      )
    }
  }

  widgets = concat(
    [for each in values(local.figures) : {
      title   = each.title
      region  = local.region
      stat    = "Maximum"
      period  = 900
      metrics = [for name in each.metrics : ["Matinee", name, "service", var.name, {}]]
    }],
    [for each in values(local.vitals) : {
      title   = each.title
      region  = each.region
      stat    = each.stat
      period  = 300
      metrics = each.metrics
    }],
  )
}

resource "aws_cloudwatch_dashboard" "deployment" {
  dashboard_name = var.name

  dashboard_body = jsonencode({
    widgets = [for place, each in local.widgets : {
      type   = "metric"
      x      = 8 * (place % 3)
      y      = 6 * floor(place / 3)
      width  = 8
      height = 6
      properties = {
        title   = each.title
        region  = each.region
        stat    = each.stat
        period  = each.period
        view    = "timeSeries"
        metrics = each.metrics
      }
    }]
  })
}
