# The built pages, as objects under web/. What must stay true: a new page is served at once, a hashed file forever.

locals {
  page_files = fileset(local.web_dir, "**")

  page_types = {
    css = "text/css; charset=utf-8", html = "text/html; charset=utf-8", ico = "image/x-icon", jpg = "image/jpeg",
    js  = "text/javascript; charset=utf-8", json = "application/json", png = "image/png", svg = "image/svg+xml",
    txt = "text/plain; charset=utf-8", webmanifest = "application/manifest+json", woff2 = "font/woff2",
  }
}

resource "aws_s3_object" "page" {
  for_each = toset([for name in local.page_files : name if name != "settings.json" && !startswith(name, ".")])

  bucket        = aws_s3_bucket.media.id
  key           = "web/${each.value}"
  source        = "${local.web_dir}/${each.value}"
  source_hash   = filemd5("${local.web_dir}/${each.value}")
  content_type  = lookup(local.page_types, reverse(split(".", each.value))[0], "application/octet-stream")
  cache_control = startswith(each.value, "static/") ? "public, max-age=31536000, immutable" : "no-cache"
}

# What the pages and the command line ask first: where to sign in. On one machine the same file says it has a token.
resource "aws_s3_object" "settings" {
  bucket        = aws_s3_bucket.media.id
  key           = "web/settings.json"
  content       = jsonencode(local.public_settings)
  content_type  = "application/json"
  cache_control = "no-cache"
}
