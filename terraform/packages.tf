# The zips of `make package`, in a bucket of their own: Lambda takes 50 MB at most by hand, and ffmpeg is larger. What
# must stay true: the plan stops when they were not made, and a function changes when, and only when, its zip does.

locals {
  package_dir = coalesce(var.package_dir, "${path.module}/../dist")
  web_dir     = coalesce(var.web_dir, "${path.module}/../web/dist")

  package_files = { for name in ["api", "ingest"] : name => "${local.package_dir}/${name}.zip" }
  package_sums  = { for name, path in local.package_files : name => fileexists(path) ? filebase64sha256(path) : "" }

  packages = {
    for name, sum in local.package_sums : name => {
      bucket = aws_s3_bucket.packages.id
      key    = aws_s3_object.package[name].key
      sha256 = sum
    }
  }

  function_settings = {
    architecture = var.architecture
    runtime      = "python3.13"
    log_days     = var.log_days
    tracing      = var.tracing
  }
}

resource "aws_s3_bucket" "packages" {
  bucket        = "${local.global_name}-packages"
  force_destroy = true # everything in it is made by `make package`

  lifecycle {
    precondition {
      condition     = alltrue([for sum in values(local.package_sums) : sum != ""])
      error_message = "There is no ${local.package_files.api} or no ${local.package_files.ingest}: run make package, then plan again."
    }

    precondition {
      condition     = fileexists("${local.web_dir}/index.html")
      error_message = "There are no built pages in ${local.web_dir}: run make package, then plan again."
    }
  }
}

resource "aws_s3_bucket_public_access_block" "packages" {
  bucket                  = aws_s3_bucket.packages.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

# The name holds the sum, so that the version before stays until nothing runs it: going back is an apply of it.
resource "aws_s3_object" "package" {
  for_each = local.package_sums

  bucket = aws_s3_bucket.packages.id
  key    = "${each.key}-${substr(replace(replace(each.value, "+", "-"), "/", "_"), 0, 16)}.zip"
  source = local.package_files[each.key]

  lifecycle {
    create_before_destroy = true
  }
}
