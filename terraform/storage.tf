# The media bucket: originals, streams, pages. What must stay true: nobody reads it without a signature, over TLS, and
# the CDN reads streams/ and web/ alone; what is deleted can be brought back for `noncurrent_days`.

resource "aws_s3_bucket" "media" {
  bucket        = "${local.global_name}-media"
  force_destroy = var.destroy_everything
}

resource "aws_s3_bucket_public_access_block" "media" {
  bucket                  = aws_s3_bucket.media.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "media" {
  bucket = aws_s3_bucket.media.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "media" {
  bucket = aws_s3_bucket.media.id

  versioning_configuration {
    status = "Enabled"
  }
}

# S3's own keys: a KMS key would be billed by the month and by the request, and CloudFront would have to be let in to it.
resource "aws_s3_bucket_server_side_encryption_configuration" "media" {
  bucket = aws_s3_bucket.media.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "media" {
  bucket     = aws_s3_bucket.media.id
  depends_on = [aws_s3_bucket_versioning.media]

  rule {
    id     = "what-runs-left"
    status = "Enabled"

    filter {
      prefix = "work/"
    }

    # The longest a run is retried, paused or waits for somebody.
    expiration {
      days = 30
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  # What lay in the inbox is in sources/ now, where a deletion and an undeletion look for it.
  rule {
    id     = "what-was-taken-in"
    status = "Enabled"

    filter {
      prefix = "inbox/"
    }

    noncurrent_version_expiration {
      noncurrent_days = 1
    }
  }

  rule {
    id     = "what-was-deleted"
    status = "Enabled"

    filter {}

    noncurrent_version_expiration {
      noncurrent_days = var.noncurrent_days
    }

    expiration {
      expired_object_delete_marker = true
    }
  }

  rule {
    id     = "uploads-nobody-finished"
    status = "Enabled"

    filter {}

    # The upkeep ends them sooner, with their record; this is for what it never heard of.
    abort_incomplete_multipart_upload {
      days_after_initiation = var.upload_days + 7
    }
  }
}

# Browsers send parts straight to the bucket, and must read each part's ETag.
resource "aws_s3_bucket_cors_configuration" "media" {
  bucket = aws_s3_bucket.media.id

  cors_rule {
    allowed_origins = [local.site_url]
    allowed_methods = ["PUT"]
    allowed_headers = ["*"]
    expose_headers  = ["ETag"]
    max_age_seconds = 3600
  }
}

resource "aws_s3_bucket_notification" "media" {
  bucket      = aws_s3_bucket.media.id
  eventbridge = true
}

data "aws_iam_policy_document" "media" {
  statement {
    sid       = "OnlyOverTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.media.arn, "${aws_s3_bucket.media.arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  statement {
    sid       = "TheCdnReadsStreamsAndPages"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.media.arn}/streams/*", "${aws_s3_bucket.media.arn}/web/*"]

    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.site.arn]
    }
  }

  # So that what is missing is 404, as on one machine. No viewer can list: both origins have a path, so no request
  # reaches the bucket itself, and query strings are not forwarded.
  statement {
    sid       = "MissingIsNotFound"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.media.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_cloudfront_distribution.site.arn]
    }
  }
}

resource "aws_s3_bucket_policy" "media" {
  bucket     = aws_s3_bucket.media.id
  policy     = data.aws_iam_policy_document.media.json
  depends_on = [aws_s3_bucket_public_access_block.media]
}
