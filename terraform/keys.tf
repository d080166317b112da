# Signing keys: a secret that minters read, and the KeyValueStore that the gate reads. What must stay true: Terraform
# never knows a key. The function makes the first one, and every next; its answer holds only the key's name.

resource "aws_secretsmanager_secret" "keys" {
  name_prefix             = "${var.name}-signing-keys-" # a deleted secret keeps its name for days
  description             = "Signing keys of playback tokens, written by ${var.name}-rotate-keys"
  recovery_window_in_days = var.destroy_everything ? 0 : 7
}

resource "aws_cloudfront_key_value_store" "gate" {
  name    = "${var.name}-gate"
  comment = "Keys that verify and sessions that were revoked"
}

module "rotate_keys" {
  source = "./modules/function"

  name            = "${var.name}-rotate-keys"
  description     = "A new signing key, first to the edge, then to the minters"
  handler         = "matinee.lambdas.rotate_keys.handler"
  package         = local.packages["api"]
  settings        = local.function_settings
  memory_mb       = 512
  timeout_seconds = 120 + var.key_settle_seconds

  environment = {
    MATINEE_SECRET_ARN               = aws_secretsmanager_secret.keys.arn
    MATINEE_KEY_VALUE_STORE_ARN      = aws_cloudfront_key_value_store.gate.arn
    MATINEE_KEY_SETTLE_SECONDS       = var.key_settle_seconds
    MATINEE_PLAYBACK_MAX_TTL_SECONDS = var.playback_max_ttl_seconds
    MATINEE_SESSION_SECONDS          = var.session_seconds
    MATINEE_GATE_MODE                = var.gate_mode
    MATINEE_PUBLIC_ASSETS            = join(",", var.public_assets)
  }

  statements = {
    Keys = {
      actions   = ["secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue"]
      resources = [aws_secretsmanager_secret.keys.arn]
    }
    Gate = {
      actions = [
        "cloudfront-keyvaluestore:DescribeKeyValueStore",
        "cloudfront-keyvaluestore:GetKey",
        "cloudfront-keyvaluestore:PutKey",
      ]
      resources = [aws_cloudfront_key_value_store.gate.arn]
    }
  }
}

# Before the first key no token can be made and the gate answers 503 gate_not_ready. Called again when the gate becomes
# more lenient, or less: how lenient it is lies beside the keys.
resource "aws_lambda_invocation" "first_key" {
  function_name = module.rotate_keys.name
  input         = jsonencode({ first = true, gate_mode = var.gate_mode, public_assets = var.public_assets })
}

module "rotate_keys_schedule" {
  source = "./modules/schedule"

  name         = "${var.name}-rotate-keys"
  every        = "rate(${var.key_rotation_days} ${var.key_rotation_days == 1 ? "day" : "days"})"
  function_arn = module.rotate_keys.arn
  dead_letters = aws_sqs_queue.dead_letters.arn
}
