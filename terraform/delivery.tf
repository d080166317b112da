# The distribution: pages, API and films under one name. What must stay true: streams/ is reached through /t/* and the
# gate, and in no other way; no answer of the API is kept; query strings never reach the bucket. There are no access logs
# and no error pages: addresses hold tokens, and an error page would turn the API's answers into HTML.

locals {
  site_host = var.domain == null ? aws_cloudfront_distribution.site.domain_name : var.domain.name
  site_url  = "https://${local.site_host}"
}

resource "aws_cloudfront_origin_access_control" "media" {
  name                              = local.global_name
  description                       = "Signs every request to the media bucket"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_function" "gate" {
  name                         = "${var.name}-gate"
  comment                      = "Verifies the playback token and takes it off the path"
  runtime                      = "cloudfront-js-2.0"
  code                         = file("${path.module}/../edge/gate.js")
  key_value_store_associations = [aws_cloudfront_key_value_store.gate.arn]
  publish                      = true
}

resource "aws_cloudfront_function" "pages" {
  name    = "${var.name}-pages"
  comment = "Which file a page's address means"
  runtime = "cloudfront-js-2.0"
  code    = file("${path.module}/../edge/pages.js")
  publish = true
}

# Bytes under a version or a run never change, and the token is off the path: one copy at the edge serves every viewer.
resource "aws_cloudfront_cache_policy" "objects" {
  name        = "${var.name}-objects"
  comment     = "By path alone"
  min_ttl     = 0
  default_ttl = 86400
  max_ttl     = 31536000

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_gzip   = true
    enable_accept_encoding_brotli = true

    cookies_config {
      cookie_behavior = "none"
    }

    headers_config {
      header_behavior = "none"
    }

    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

# CloudFront forwards Authorization only to those who have it in the key. Nothing is kept unless an answer asks for it,
# and then for a second.
resource "aws_cloudfront_cache_policy" "api" {
  name        = "${var.name}-api"
  comment     = "Keeps nothing; forwards who is calling"
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = 1

  parameters_in_cache_key_and_forwarded_to_origin {
    cookies_config {
      cookie_behavior = "none"
    }

    headers_config {
      header_behavior = "whitelist"

      headers {
        items = ["Authorization"]
      }
    }

    query_strings_config {
      query_string_behavior = "all"
    }
  }
}

resource "aws_cloudfront_origin_request_policy" "api" {
  name    = "${var.name}-api"
  comment = "What the API reads, ten at most; not Host, by which API Gateway knows its own"

  cookies_config {
    cookie_behavior = "none"
  }

  headers_config {
    header_behavior = "whitelist"

    headers {
      items = ["Accept", "Access-Control-Request-Headers", "Access-Control-Request-Method", "CloudFront-Viewer-Address", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "Origin", "User-Agent"]
    }
  }

  query_strings_config {
    query_string_behavior = "all"
  }
}

# As the local edge sends them (src/matinee/http/delivery.py): what a token admits to may be played on any site.
resource "aws_cloudfront_response_headers_policy" "media" {
  name    = "${var.name}-media"
  comment = "Films, for players anywhere"

  cors_config {
    access_control_allow_credentials = false
    access_control_max_age_sec       = 86400
    origin_override                  = true

    access_control_allow_headers {
      items = ["Range", "If-Range", "If-None-Match", "If-Modified-Since"]
    }

    access_control_allow_methods {
      items = ["GET", "HEAD", "OPTIONS"]
    }

    access_control_allow_origins {
      items = ["*"]
    }

    access_control_expose_headers {
      items = ["Content-Length", "Content-Range", "ETag", "X-Matinee-Denial"]
    }
  }

  security_headers_config {
    content_type_options {
      override = true
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }

  custom_headers_config {
    items {
      header   = "Cross-Origin-Resource-Policy"
      value    = "cross-origin"
      override = true
    }

    # A shared cache on the way would hand a film on under an address whose token has ended. Refusals say no-store.
    items {
      header   = "Cache-Control"
      value    = "private, max-age=86400, immutable"
      override = false
    }
  }

  # What the bucket adds about itself.
  remove_headers_config {
    dynamic "items" {
      for_each = local.bucket_headers

      content {
        header = items.value
      }
    }
  }
}

locals {
  bucket_headers = ["x-amz-server-side-encryption", "x-amz-version-id"]

  # As one machine's pages have it (src/matinee/http/pages.py), and beside it where parts are sent and codes exchanged.
  connect_sources = compact(["'self'", "https://${aws_s3_bucket.media.bucket_regional_domain_name}", local.token_origin])
  token_origin    = local.token_endpoint == null ? null : regex("^https://[^/]+", local.token_endpoint)

  page_policy = join("; ", [
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob: data:", "media-src 'self' blob:",
    "connect-src ${join(" ", local.connect_sources)}", "font-src 'self'", "worker-src 'self'", "manifest-src 'self'",
    "base-uri 'none'", "form-action 'self'", "frame-ancestors 'self'",
    "require-trusted-types-for 'script'", "trusted-types matinee",
  ])
}

resource "aws_cloudfront_response_headers_policy" "pages" {
  name    = "${var.name}-pages"
  comment = "Pages run what comes from here and nothing else"

  security_headers_config {
    content_security_policy {
      content_security_policy = local.page_policy
      override                = true
    }

    content_type_options {
      override = true
    }

    referrer_policy {
      referrer_policy = "no-referrer"
      override        = true
    }

    strict_transport_security {
      access_control_max_age_sec = 31536000
      override                   = true
    }
  }

  custom_headers_config {
    items {
      header   = "Cross-Origin-Opener-Policy"
      value    = "same-origin"
      override = true
    }

    items {
      header   = "Permissions-Policy"
      value    = "camera=(), microphone=(), geolocation=()"
      override = true
    }
  }

  # What the bucket adds about itself.
  remove_headers_config {
    dynamic "items" {
      for_each = local.bucket_headers

      content {
        header = items.value
      }
    }
  }
}

resource "aws_cloudfront_distribution" "site" {
  comment         = var.name
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  price_class     = var.price_class
  aliases         = var.domain == null ? [] : [var.domain.name]
  web_acl_id      = var.web_acl_arn

  # Two origins on one bucket, each with a path of its own: no address a viewer writes can name the other's.
  dynamic "origin" {
    for_each = local.bucket_origins

    content {
      origin_id                = origin.key
      domain_name              = aws_s3_bucket.media.bucket_regional_domain_name
      origin_path              = origin.value
      origin_access_control_id = aws_cloudfront_origin_access_control.media.id
    }
  }

  dynamic "origin" {
    for_each = local.replica_origins

    content {
      origin_id                = "${origin.key}-replica"
      domain_name              = aws_s3_bucket.replica[0].bucket_regional_domain_name
      origin_path              = origin.value
      origin_access_control_id = aws_cloudfront_origin_access_control.media.id
    }
  }

  dynamic "origin_group" {
    for_each = local.replica_origins

    content {
      origin_id = "${origin_group.key}-in-either"

      failover_criteria {
        status_codes = local.failing
      }

      member {
        origin_id = origin_group.key
      }

      member {
        origin_id = "${origin_group.key}-replica"
      }
    }
  }

  origin {
    origin_id   = "api"
    domain_name = local.api_host

    custom_origin_config {
      http_port              = 80
      https_port             = 443
      origin_protocol_policy = "https-only"
      origin_ssl_protocols   = ["TLSv1.2"]
    }
  }

  default_cache_behavior {
    target_origin_id           = local.pages_origin
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = aws_cloudfront_cache_policy.objects.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.pages.id

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.pages.arn
    }
  }

  ordered_cache_behavior {
    path_pattern               = "/t/*"
    target_origin_id           = local.streams_origin
    viewer_protocol_policy     = "https-only" # a redirect would have carried the token over the wire already
    allowed_methods            = ["GET", "HEAD", "OPTIONS"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = aws_cloudfront_cache_policy.objects.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.media.id

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.gate.arn
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = ["/v1/*", "/s/*", "/embed/*", "/oembed", "/healthz", "/openapi.json"]

    content {
      path_pattern             = ordered_cache_behavior.value
      target_origin_id         = "api"
      viewer_protocol_policy   = "https-only"
      allowed_methods          = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
      cached_methods           = ["GET", "HEAD"]
      compress                 = true
      cache_policy_id          = aws_cloudfront_cache_policy.api.id
      origin_request_policy_id = aws_cloudfront_origin_request_policy.api.id
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = var.geo_restriction.type
      locations        = var.geo_restriction.countries
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = var.domain == null
    acm_certificate_arn            = var.domain == null ? null : var.domain.certificate_arn
    ssl_support_method             = var.domain == null ? null : "sni-only"
    minimum_protocol_version       = var.domain == null ? "TLSv1" : "TLSv1.2_2021" # its own certificate allows no other
  }
}

locals {
  api_host = trimprefix(aws_apigatewayv2_api.api.api_endpoint, "https://")
}
