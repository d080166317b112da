# What a person and the command line need. No output is secret.

output "s3_bucket_name" {
  description = "The media bucket: `aws s3 cp film.mp4 s3://NAME/inbox/` ingests it."
  value       = aws_s3_bucket.media.id
}

output "cloudfront_domain" {
  description = "The host of pages, films and API."
  value       = aws_cloudfront_distribution.site.domain_name
}

output "api_endpoint" {
  description = "The API's own host: https://HOST/?key=test.mp4 answers with a link."
  value       = local.api_host
}

output "api_url" {
  description = "MATINEE_URL for the command line: pages and API under the site's own name."
  value       = local.site_url
}

output "dynamodb_table_name" {
  description = "The catalog."
  value       = aws_dynamodb_table.catalog.name
}

output "sign_in" {
  description = "Issuer and client of the sign-in, as `matinee login` reads them from /settings.json."
  value       = local.public_settings
}

output "user_pool_id" {
  description = "Where people are added: docs/deploy-aws.md, \"The first publisher\". Null with an issuer of your own."
  value       = local.own_pool ? aws_cognito_user_pool.people[0].id : null
}

output "state_machine_arn" {
  description = "The ingest workflow."
  value       = local.workflow_arn
}

output "key_value_store_arn" {
  description = "What the gate reads."
  value       = aws_cloudfront_key_value_store.gate.arn
}

output "rotate_keys" {
  description = "Signs with a new key from now on, without breaking a link: docs/operate.md, \"Signing keys on AWS\"."
  value       = "aws lambda invoke --region ${local.region} --function-name ${module.rotate_keys.name} --cli-read-timeout ${120 + var.key_settle_seconds} --cli-binary-format raw-in-base64-out --payload '{}' /dev/stdout"
}

output "signing_key" {
  description = "The name of the first signing key, not the key."
  value       = jsondecode(aws_lambda_invocation.first_key.result).kid
}
