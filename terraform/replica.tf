# A copy of what viewers need in a second Region, by choice. What must stay true: it is as closed as the first, only the
# CDN reads it, and what is deleted in the first is deleted here.

locals {
  replica         = var.replica_region == null ? 0 : 1
  replicated      = ["streams/"]         # pages are put there by site.tf
  failing         = [500, 502, 503, 504] # not 404: what is missing is missing, and the copy may lag behind by minutes
  streams_origin  = local.replica == 0 ? "streams" : "streams-in-either"
  pages_origin    = local.replica == 0 ? "pages" : "pages-in-either"
  bucket_origins  = { streams = "/streams", pages = "/web" }
  replica_origins = { for name, path in local.bucket_origins : name => path if local.replica == 1 }
}

resource "aws_s3_bucket" "replica" {
  count    = local.replica
  provider = aws.replica

  bucket        = "${var.name}-${local.account}-${var.replica_region}-replica"
  force_destroy = var.destroy_everything
}

resource "aws_s3_bucket_public_access_block" "replica" {
  count    = local.replica
  provider = aws.replica

  bucket                  = aws_s3_bucket.replica[0].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "replica" {
  count    = local.replica
  provider = aws.replica

  bucket = aws_s3_bucket.replica[0].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_versioning" "replica" {
  count    = local.replica
  provider = aws.replica

  bucket = aws_s3_bucket.replica[0].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "replica" {
  count    = local.replica
  provider = aws.replica

  bucket = aws_s3_bucket.replica[0].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "replica" {
  count      = local.replica
  provider   = aws.replica
  depends_on = [aws_s3_bucket_versioning.replica]

  bucket = aws_s3_bucket.replica[0].id

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

    abort_incomplete_multipart_upload {
      days_after_initiation = 7
    }
  }
}

data "aws_iam_policy_document" "replica" {
  count = local.replica

  # The same three statements as the first bucket's, for the copy.
  dynamic "statement" {
    for_each = {
      OnlyOverTls                = { effect = "Deny", actions = ["s3:*"], resources = ["", "/*"] }
      TheCdnReadsStreamsAndPages = { effect = "Allow", actions = ["s3:GetObject"], resources = [for path in values(local.bucket_origins) : "${path}/*"] }
      MissingIsNotFound          = { effect = "Allow", actions = ["s3:ListBucket"], resources = [""] }
    }

    content {
      sid       = statement.key
      effect    = statement.value.effect
      actions   = statement.value.actions
      resources = [for path in statement.value.resources : "${aws_s3_bucket.replica[0].arn}${path}"]

      principals {
        type        = statement.value.effect == "Deny" ? "*" : "Service"
        identifiers = statement.value.effect == "Deny" ? ["*"] : ["cloudfront.amazonaws.com"]
      }

      condition {
        test     = statement.value.effect == "Deny" ? "Bool" : "StringEquals"
        variable = statement.value.effect == "Deny" ? "aws:SecureTransport" : "AWS:SourceArn"
        values   = statement.value.effect == "Deny" ? ["false"] : [aws_cloudfront_distribution.site.arn]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "replica" {
  count    = local.replica
  provider = aws.replica

  bucket     = aws_s3_bucket.replica[0].id
  policy     = data.aws_iam_policy_document.replica[0].json
  depends_on = [aws_s3_bucket_public_access_block.replica]
}

# --- what copies ----------------------------------------------------------------------------------------------------

data "aws_iam_policy_document" "replication_trust" {
  count = local.replica

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["s3.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

# Amazon S3 User Guide, "Setting up permissions for live replication".
data "aws_iam_policy_document" "replication" {
  count = local.replica

  statement {
    sid       = "Look"
    actions   = ["s3:GetReplicationConfiguration", "s3:ListBucket"]
    resources = [local.media_arn]
  }

  statement {
    sid       = "Read"
    actions   = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    resources = [for prefix in local.replicated : "${local.media_arn}/${prefix}*"]
  }

  statement {
    sid       = "Write"
    actions   = ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"]
    resources = [for prefix in local.replicated : "${aws_s3_bucket.replica[0].arn}/${prefix}*"]
  }
}

resource "aws_iam_role" "replication" {
  count = local.replica

  name               = "${var.name}-replication"
  description        = "Copies streams to ${var.replica_region}"
  assume_role_policy = data.aws_iam_policy_document.replication_trust[0].json
}

resource "aws_iam_role_policy" "replication" {
  count = local.replica

  name   = "rights"
  role   = aws_iam_role.replication[0].id
  policy = data.aws_iam_policy_document.replication[0].json
}

# From now on; what was there before is copied once by S3 Batch Replication (docs/deploy-aws.md, "A second Region").
resource "aws_s3_bucket_replication_configuration" "media" {
  count      = local.replica
  depends_on = [aws_s3_bucket_versioning.media, aws_s3_bucket_versioning.replica]

  bucket = aws_s3_bucket.media.id
  role   = aws_iam_role.replication[0].arn

  dynamic "rule" {
    for_each = local.replicated

    content {
      id       = trimsuffix(rule.value, "/")
      status   = "Enabled"
      priority = rule.key

      filter {
        prefix = rule.value
      }

      delete_marker_replication {
        status = "Enabled"
      }

      destination {
        bucket        = aws_s3_bucket.replica[0].arn
        storage_class = "STANDARD"
      }
    }
  }
}
