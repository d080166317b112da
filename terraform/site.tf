# The built pages, as objects under web/, in the second Region too when there is one: replication would leave out what
# lay here before it. What must stay true: a new page is served at once, a hashed file forever. CloudFront compresses by
# itself: the forms that the build lays beside each file (web/compress.js) are for one machine.

locals {
  built       = toset([for name in fileset(local.web_dir, "**") : name if name != "settings.json" && !startswith(name, ".")])
  pages       = toset([for name in local.built : name if !endswith(name, ".br") && !endswith(name, ".gz")])
  page_copies = local.replica == 1 ? local.pages : toset([])

  page_types = {
    css = "text/css; charset=utf-8", html = "text/html; charset=utf-8", ico = "image/x-icon", jpg = "image/jpeg",
    js  = "text/javascript; charset=utf-8", json = "application/json", png = "image/png", svg = "image/svg+xml",
    txt = "text/plain; charset=utf-8", webmanifest = "application/manifest+json", woff2 = "font/woff2",
  }
}

resource "aws_s3_object" "page" {
  for_each = local.pages

  bucket        = aws_s3_bucket.media.id
  key           = "web/${each.value}"
  source        = "${local.web_dir}/${each.value}"
  source_hash   = filemd5("${local.web_dir}/${each.value}")
  content_type  = lookup(local.page_types, reverse(split(".", each.value))[0], "application/octet-stream")
  cache_control = startswith(each.value, "static/") ? "public, max-age=31536000, immutable" : "no-cache"
}

resource "aws_s3_object" "page_copy" {
  for_each = local.page_copies
  provider = aws.replica

  bucket        = aws_s3_bucket.replica[0].id
  key           = aws_s3_object.page[each.value].key
  source        = aws_s3_object.page[each.value].source
  source_hash   = aws_s3_object.page[each.value].source_hash
  content_type  = aws_s3_object.page[each.value].content_type
  cache_control = aws_s3_object.page[each.value].cache_control
}

# What the pages and the command line ask first: where to sign in. On one machine the same file says it has a token.
resource "aws_s3_object" "settings" {
  bucket        = aws_s3_bucket.media.id
  key           = "web/settings.json"
  content       = jsonencode(local.public_settings)
  content_type  = "application/json"
  cache_control = "no-cache"
}

resource "aws_s3_object" "settings_copy" {
  count    = local.replica
  provider = aws.replica

  bucket        = aws_s3_bucket.replica[0].id
  key           = aws_s3_object.settings.key
  content       = aws_s3_object.settings.content
  content_type  = aws_s3_object.settings.content_type
  cache_control = aws_s3_object.settings.cache_control
}
